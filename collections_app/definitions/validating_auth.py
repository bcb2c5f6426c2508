"""What is wrong with the options of an auth collection (contract/collections.md 4.3).

Reference: core/collection_model_auth_options.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.definitions.checks import (
    Errors,
    number_error,
    present,
    rule_error,
    system_rule_error,
    text_error,
)
from collections_app.definitions.definition_json import TOKEN_OPTIONS, complete_options
from collections_app.definitions.known_providers import is_known_provider
from platform_app.wire.errors import FieldError, required
from platform_app.wire.urls import is_url

_TEMPLATES = ("verificationTemplate", "resetPasswordTemplate", "confirmEmailChangeTemplate")
_URLS = ("authURL", "tokenURL", "userInfoURL")
_MAX_TOKEN_SECONDS = 94_670_856
_MAX_CODE_SECONDS = 86_400
_MIN_SECONDS = 10
_MIN_CODE_LENGTH = 4

Json = Mapping[str, Any]


def auth_option_errors(collection: Collection, stored: Collection | None, catalog: Catalog) -> Errors:
    """The errors by option. What concerns several options is only looked at when each is fine by itself."""
    options = complete_options("auth", collection.options)
    before = complete_options("auth", stored.options if stored is not None and stored.is_auth else {})
    errors = present(
        {
            "authRule": rule_error(options["authRule"], collection, catalog)
            or system_rule_error(options["authRule"], before["authRule"], stored),
            "manageRule": _manage_rule_error(options["manageRule"])
            or rule_error(options["manageRule"], collection, catalog)
            or system_rule_error(options["manageRule"], before["manageRule"], stored),
            "authAlert": present({"emailTemplate": _mail_errors(options["authAlert"]["emailTemplate"])}),
            "passwordAuth": _password_errors(options["passwordAuth"]),
            "oauth2": _oauth2_errors(options["oauth2"]),
            "otp": _otp_errors(options["otp"]),
            "mfa": _mfa_errors(options["mfa"]),
            **{key: _token_errors(options[key]) for key in TOKEN_OPTIONS},
            **{key: _mail_errors(options[key]) for key in _TEMPLATES},
        }
    )
    return errors or _joint_errors(options, before, collection, stored, catalog)


def _joint_errors(
    options: Json, before: Json, collection: Collection, stored: Collection | None, catalog: Catalog
) -> Errors:
    mfa = options["mfa"]
    if mfa["enabled"]:
        if sum(options[key]["enabled"] for key in ("passwordAuth", "oauth2", "otp")) < 2:
            few = "MFA requires at least 2 auth methods to be enabled."
            return {"mfa": {"enabled": FieldError("validation_mfa_not_enough_auths", few)}}
        error = mfa["rule"] and (
            rule_error(mfa["rule"], collection, catalog)
            or system_rule_error(mfa["rule"], before["mfa"]["rule"], stored)
        )
        if error:
            return {"mfa": {"rule": error}}
    if options["passwordAuth"]["enabled"]:
        error = _identity_error(options["passwordAuth"]["identityFields"], collection)
        if error is not None:
            return {"passwordAuth": {"identityFields": error}}
    return {}


def _identity_error(names: Sequence[str], collection: Collection) -> FieldError | None:
    for name in names:
        if name not in collection.fields_by_name:
            return FieldError(
                "validation_missing_field", f"Invalid or missing field {name}", {"fieldName": name}
            )
        if collection.unique_index_of(name) is None:
            return FieldError(
                "validation_missing_unique_constraint",
                f"The field {name} doesn't have a UNIQUE constraint.",
                {"fieldName": name},
            )
    return None


def _manage_rule_error(rule: str | None) -> FieldError | None:
    if rule == "":
        return FieldError("validation_nil_or_not_empty_required", "Cannot be blank.")
    return None


def _mail_errors(mail: Json) -> Errors:
    return present({key: None if mail[key] else required() for key in ("subject", "body")})


def _token_errors(token: Json) -> Errors:
    return present(
        {
            "secret": text_error(token["secret"], 255, 30),
            "duration": number_error(token["duration"], _MIN_SECONDS, _MAX_TOKEN_SECONDS),
        }
    )


def _password_errors(password: Json) -> Errors:
    lacks_fields = password["enabled"] and not any(password["identityFields"] or ())
    return {"identityFields": required()} if lacks_fields else {}


def _otp_errors(otp: Json) -> Errors:
    errors = present({"emailTemplate": _mail_errors(otp["emailTemplate"])})
    if otp["enabled"]:
        errors |= present(
            {
                "duration": number_error(otp["duration"], _MIN_SECONDS, _MAX_CODE_SECONDS),
                "length": number_error(otp["length"], _MIN_CODE_LENGTH),
            }
        )
    return errors


def _mfa_errors(mfa: Json) -> Errors:
    if not mfa["enabled"]:
        return {}
    return present({"duration": number_error(mfa["duration"], _MIN_SECONDS, _MAX_CODE_SECONDS)})


def _oauth2_errors(oauth2: Json) -> Errors:
    if not oauth2["enabled"]:
        return {}
    providers = oauth2["providers"] or []
    errors = _duplicate_errors(providers) or present(
        {str(place): _provider_errors(provider) for place, provider in enumerate(providers)}
    )
    return present({"providers": errors})


def _duplicate_errors(providers: Sequence[Json]) -> Errors:
    known: set[str] = set()
    for place, provider in enumerate(providers):
        name = provider["name"]
        if name in known:
            message = f"The provider {name} is already registered."
            return {
                str(place): {"name": FieldError("validation_duplicated_provider", message, {"name": name})}
            }
        if name:
            known.add(name)
    return {}


def _provider_errors(provider: Json) -> Errors:
    return present(
        {
            "name": _provider_name_error(provider["name"]),
            **{key: None if provider[key] else required() for key in ("clientId", "clientSecret")},
            **{key: _url_error(provider[key]) for key in _URLS},
        }
    )


def _provider_name_error(name: str) -> FieldError | None:
    if not name:
        return required()
    if is_known_provider(name):
        return None
    message = f"Invalid or missing provider with name {name}."
    return FieldError("validation_missing_provider", message, {"name": name})


def _url_error(url: str) -> FieldError | None:
    if not url or is_url(url):
        return None
    return FieldError("validation_is_url", "Must be a valid URL.")
