"""The endpoints by which records of auth collections sign in, and what is done by mail."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from admin_ui.api_preview.endpoint import (
    Answer,
    Call,
    Endpoint,
    Parameter,
    expand_parameter,
    fields_parameter,
    refusal,
)
from admin_ui.api_preview.examples import example_record, relation_names
from collections_app.collection import Collection
from collections_app.system_names import SUPERUSERS
from platform_app.wire.errors import BadRequest, FieldError, NotFound, Unauthorized

_EMAIL, _PASSWORD = "person@example.com", "1234567890"


def signing_in_endpoints(collection: Collection) -> Iterator[Endpoint]:
    """Methods that are off stay, and say so."""
    auth, base = collection.auth, f"/api/collections/{collection.name}"
    signed_in = {"token": "TOKEN", "record": example_record(collection)}
    is_off = _("It is off in the options of the collection.")
    failed = BadRequest("Failed to authenticate.")
    signing, mails = _("Signing in"), _("By mail")
    query = (expand_parameter(relation_names(collection)), fields_parameter())

    def endpoint(slug: str, title: str, about: str, *calls: Call, **more: Any) -> Endpoint:
        given = {"group": signing, "method": "POST", "path": f"{base}/{slug}", **more}
        return Endpoint(slug=slug, title=title, about=about, calls=calls, **given)

    yield endpoint(
        "auth-methods",
        _("Methods"),
        _("Which ways of signing in there are."),
        Call("listAuthMethods", result="methods"),
        method="GET",
        query=(fields_parameter(),),
        answers=(
            Answer(
                200,
                {
                    "password": {
                        "enabled": auth.password.enabled,
                        "identityFields": list(auth.password.identity_fields),
                    },
                    "oauth2": {"enabled": auth.oauth2.enabled, "providers": []},
                    "mfa": {"enabled": auth.mfa.enabled, "duration": auth.mfa.duration_seconds},
                    "otp": {"enabled": auth.otp.enabled, "duration": auth.otp.duration_seconds},
                },
            ),
        ),
    )
    yield endpoint(
        "auth-with-password",
        _("With a password"),
        _("A token for an identity and its password. 401 with an mfaId asks for a second factor."),
        Call("authWithPassword", (("", _EMAIL), ("", _PASSWORD)), result="signedIn"),
        off="" if auth.password.enabled else is_off,
        query=query,
        body=(
            Parameter("identity", "text", ", ".join(auth.password.identity_fields), is_required=True),
            Parameter("password", "text", "", is_required=True),
            Parameter("identityField", "text", _("Look in this field only.")),
        ),
        example_body={"identity": _EMAIL, "password": _PASSWORD},
        answers=(Answer(200, signed_in), refusal(failed), Answer(401, {"mfaId": "MFA_ID"})),
    )
    if collection.name != SUPERUSERS:
        yield endpoint(
            "auth-with-oauth2",
            _("With OAuth2"),
            _("The SDKs open the provider's page and wait for it; by hand, send what the provider gave."),
            off="" if auth.oauth2.enabled else is_off,
            query=query,
            body=(
                Parameter("provider", "text", _("Its name, such as google."), is_required=True),
                Parameter("code", "text", _("From the provider's redirect."), is_required=True),
                Parameter("codeVerifier", "text", _("Of the auth methods."), is_required=True),
                Parameter("redirectURL", "text", _("As sent to the provider."), is_required=True),
                Parameter("createData", "object", _("Fields of an account that is new.")),
            ),
            example_body={
                "provider": "google",
                "code": "CODE",
                "codeVerifier": "CODE_VERIFIER",
                "redirectURL": "https://example.com/redirect",
            },
            answers=(Answer(200, {**signed_in, "meta": {"isNew": False}}), refusal(failed)),
        )
    otp_off = "" if auth.otp.enabled else is_off
    yield endpoint(
        "request-otp",
        _("Ask for a code"),
        _("Mails a code; the answer is the same for addresses that nobody has."),
        Call("requestOTP", (("", _EMAIL),), result="request"),
        off=otp_off,
        body=(Parameter("email", "text", "", is_required=True),),
        example_body={"email": _EMAIL},
        answers=(Answer(200, {"otpId": "OTP_ID"}), refusal(BadRequest())),
    )
    yield endpoint(
        "auth-with-otp",
        _("With a code"),
        _("A token for a code that was mailed."),
        Call("authWithOTP", (("", "OTP_ID"), ("", "12345678")), result="signedIn"),
        off=otp_off,
        query=query,
        body=(
            Parameter("otpId", "text", _("Of the request for the code."), is_required=True),
            Parameter("password", "text", _("The code."), is_required=True),
        ),
        example_body={"otpId": "OTP_ID", "password": "12345678"},
        answers=(Answer(200, signed_in), refusal(failed), Answer(401, {"mfaId": "MFA_ID"})),
    )
    yield endpoint(
        "auth-refresh",
        _("Refresh"),
        _("A new token for one that still holds."),
        Call("authRefresh", result="signedIn"),
        needs_token=True,
        query=query,
        answers=(
            Answer(200, signed_in),
            *(
                refusal(error)
                for error in (
                    Unauthorized("The request requires valid record authorization token."),
                    NotFound(),
                )
            ),
        ),
    )
    invalid_token = refusal(
        BadRequest(
            "An error occurred while validating the submitted data.",
            {"token": FieldError("validation_invalid_token", "Invalid or expired token.")},
        )
    )
    token = Parameter("token", "text", _("From the mail."), is_required=True)
    new_password = (
        Parameter("password", "text", _("The new one."), is_required=True),
        Parameter("passwordConfirm", "text", _("The same again."), is_required=True),
    )
    email = Parameter("email", "text", "", is_required=True)
    sent = (Answer(204), refusal(BadRequest()))
    done = (Answer(204), invalid_token)
    if collection.name != SUPERUSERS:
        yield endpoint(
            "request-verification",
            _("Verify: ask"),
            _("Mails a link that verifies the address."),
            Call("requestVerification", (("", _EMAIL),)),
            group=mails,
            body=(email,),
            example_body={"email": _EMAIL},
            answers=sent,
        )
        yield endpoint(
            "confirm-verification",
            _("Verify: confirm"),
            _("Verifies the address of the token's account."),
            Call("confirmVerification", (("", "TOKEN"),)),
            group=mails,
            body=(token,),
            example_body={"token": "TOKEN"},
            answers=done,
        )
    yield endpoint(
        "request-password-reset",
        _("Reset password: ask"),
        _("Mails a link; the answer is the same for addresses that nobody has."),
        Call("requestPasswordReset", (("", _EMAIL),)),
        group=mails,
        body=(email,),
        example_body={"email": _EMAIL},
        answers=sent,
    )
    yield endpoint(
        "confirm-password-reset",
        _("Reset password: confirm"),
        _("Sets the password; all tokens issued before end."),
        Call("confirmPasswordReset", (("", "TOKEN"), ("", _PASSWORD), ("", _PASSWORD))),
        group=mails,
        body=(token, *new_password),
        example_body={"token": "TOKEN", "password": _PASSWORD, "passwordConfirm": _PASSWORD},
        answers=done,
    )
    if collection.name != SUPERUSERS:
        yield endpoint(
            "request-email-change",
            _("Change address: ask"),
            _("Mails a link to the new address."),
            Call("requestEmailChange", (("", "new@example.com"),)),
            group=mails,
            needs_token=True,
            body=(Parameter("newEmail", "text", "", is_required=True),),
            example_body={"newEmail": "new@example.com"},
            answers=(
                *sent,
                refusal(Unauthorized("The request requires valid record authorization token.")),
            ),
        )
        yield endpoint(
            "confirm-email-change",
            _("Change address: confirm"),
            _("Changes the address; all tokens issued before end."),
            Call("confirmEmailChange", (("", "TOKEN"), ("", _PASSWORD))),
            group=mails,
            body=(token, Parameter("password", "text", _("Of the account."), is_required=True)),
            example_body={"token": "TOKEN", "password": _PASSWORD},
            answers=done,
        )
