"""Signing in with an account that somebody has elsewhere.

The provider is asked first, outside of any transaction; `oauth2_accounts` says whom its answer stands for,
`oauth2_sign_up` makes the account of somebody new.
Reference: contract/auth.md 10.1; apis/record_auth_with_oauth2.go, PocketBase v0.39.11.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

from auth_app.events import RecordAuthWithOAuth2Event, record_auth_with_oauth2_request
from auth_app.flows.oauth2_accounts import (
    Candidate,
    Search,
    bring_up_to_date,
    find_candidate,
    link,
    taken_candidate,
)
from auth_app.flows.oauth2_sign_up import FAILED, CheckRate, prepare, sign_up
from auth_app.flows.response import Caller, auth_response
from auth_app.oauth2_names import take_name
from auth_app.providers.exchange import fetch_user
from auth_app.providers.provider import Provider
from auth_app.providers.registry import configured_provider
from auth_app.providers.user import OAuth2User, TokenRefused, UserRefused
from collections_app.auth_options import OAuth2ProviderOptions
from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.records.writing.files import stored_early
from collections_app.stale_schema import unless_outdated, with_fresh_schema
from platform_app.database.lanes import mark_unrepeatable
from platform_app.database.transactions import unit_of_work
from platform_app.requests.struct_body import LOADING_FAILED
from platform_app.wire.errors import ApiError, BadRequest, FieldError, Forbidden, Invalid, NotFound, required
from platform_app.wire.json_encoding import go_value

logger = logging.getLogger(__name__)

_MAX_NAME_BYTES = 100


@dataclass(frozen=True)
class ProviderAnswer:
    """What a client brings back from a provider; `redirect_url` is where the provider sent it."""

    provider: str
    code: str
    code_verifier: str = ""
    redirect_url: str = field(default="", metadata={"spelling": "redirectURL"})
    old_redirect_url: str = field(default="", metadata={"spelling": "redirectUrl"})  # of clients before 0.23
    create_data: dict[str, Any] = field(default_factory=dict)


def require_oauth2(collection: Collection) -> None:
    """Raises Forbidden when nobody of `collection` may sign in with an account elsewhere."""
    if not collection.auth.oauth2.enabled:
        raise Forbidden("The collection is not configured to allow OAuth2 authentication.")


def sign_in_with_oauth2(
    collection: Collection, brought: ProviderAnswer, caller: Caller, check_rate: CheckRate
) -> dict[str, Any] | None:
    """The auth response, with what the provider says in `meta`; None when a hook stopped it.

    `check_rate` raises when an account is made too soon after others. Raises BadRequest for a malformed body,
    for what the provider refuses and for what cannot be linked or made, and what `auth_response` raises.
    """
    options = _validated(collection, brought)
    caller.require_readable()  # before somebody is made whom the rules would refuse
    provider = configured_provider(options)
    if provider is None:
        raise ApiError(f"Failed to init provider {options.name}", status=500)
    user = _ask(provider, options, brought)
    # A code can be redeemed once: from here on, whatever is done again begins behind this.
    mark_unrepeatable()
    return with_fresh_schema(
        lambda: _sign_in(_current(collection), provider, user, brought.create_data, caller, check_rate)
    )


def _validated(collection: Collection, brought: ProviderAnswer) -> OAuth2ProviderOptions:
    """The settings of the provider that the body names. Raises BadRequest."""
    name, errors = brought.provider, {}
    options = next((one for one in collection.auth.oauth2.providers if one.name == name), None)
    if not name:
        errors["provider"] = required()
    elif len(name.encode()) > _MAX_NAME_BYTES:
        errors["provider"] = FieldError(
            "validation_length_too_long",
            f"The length must be no more than {_MAX_NAME_BYTES}.",
            {"max": _MAX_NAME_BYTES, "min": 0},
        )
    elif options is None:
        message = f"Provider with name {name} is missing or is not enabled."
        errors["provider"] = FieldError("validation_invalid_provider", message, {"name": name})
    if not brought.code:
        errors["code"] = required()
    if errors or options is None:
        raise BadRequest(LOADING_FAILED, errors)
    return options


def _ask(provider: Provider, options: OAuth2ProviderOptions, brought: ProviderAnswer) -> OAuth2User:
    """Whom the provider vouches for. Raises BadRequest."""
    try:
        user = fetch_user(
            provider,
            options,
            code=brought.code,
            code_verifier=brought.code_verifier,
            redirect_url=brought.redirect_url or brought.old_redirect_url,
        )
    except TokenRefused as error:
        raise BadRequest("Failed to fetch OAuth2 token.") from error
    except UserRefused as error:
        raise BadRequest("Failed to fetch OAuth2 user.") from error
    if provider.name == "apple" and not user.name:
        user.name = take_name(brought.code)
    return user


def _current(collection: Collection) -> Collection:
    """The collection as it is by now. Raises NotFound."""
    current = find_collection(collection.id)
    if current is None or not current.is_auth:
        raise NotFound("Missing or invalid auth collection context.")
    return current


def _sign_in(
    collection: Collection,
    provider: Provider,
    user: OAuth2User,
    create_data: dict[str, Any],
    caller: Caller,
    check_rate: CheckRate,
) -> dict[str, Any] | None:
    search = Search(collection, provider.name, user.id, user.email, caller.info.auth)
    found = find_candidate(search)
    event = RecordAuthWithOAuth2Event(
        collection=collection,
        info=caller.info,
        provider_name=provider.name,
        provider=provider,
        oauth2_user=user,
        create_data=dict(create_data),
        record=found.record,
        is_new_record=found.record is None,
    )

    def act() -> dict[str, Any]:
        record = _settle(event, search, found, check_rate)
        meta = _meta(event.oauth2_user, is_new=event.is_new_record)
        return auth_response(record, caller.seen_by(event), method="oauth2", meta=meta)

    answer: dict[str, Any] | None = record_auth_with_oauth2_request.trigger(event, act)
    return answer


def _settle(
    event: RecordAuthWithOAuth2Event, search: Search, found: Candidate, check_rate: CheckRate
) -> Record:
    """The record to sign in: made, or brought up to date; and linked. Raises ApiError."""
    try:
        return _settled(event, search, found, check_rate)
    except ApiError:
        raise
    except Invalid as error:
        raise BadRequest(FAILED, error.errors) from error
    except Exception as error:
        unless_outdated(error)
        logger.exception("signing in with %s failed", event.provider_name)
        raise BadRequest(FAILED) from error


def _settled(
    event: RecordAuthWithOAuth2Event, search: Search, found: Candidate, check_rate: CheckRate
) -> Record:
    prepared = prepare(event, is_own=event.record is not None and search.is_own(event.record))
    with stored_early(prepared.accounts), unit_of_work():
        is_linked = _follow(event, search, found)
        if event.record is None:
            record = event.record = sign_up(event, prepared, check_rate)
        else:
            record = event.record
            is_linked = bring_up_to_date(
                record,
                event.oauth2_user,
                is_own=search.is_own(record),
                is_linked=is_linked,
                unknown_password=prepared.unknown_password,
            )
        if not is_linked:
            link(record, event.provider_name, event.oauth2_user.id)
    return record


def _follow(event: RecordAuthWithOAuth2Event, search: Search, found: Candidate) -> bool:
    """Look once more, now that nobody else can come between; returns whether a link is there.

    A record that a receiver of the hook has chosen stays.
    """
    now = taken_candidate(search)
    if event.record is not found.record:
        return now.is_linked
    if now.record is None or found.record is None or now.record.id != found.record.id:
        event.record, event.is_new_record = now.record, now.record is None
    else:
        found.record.follow(now.record)
        found.record.stored_row = now.record.stored_row
    return now.is_linked


def _meta(user: OAuth2User, *, is_new: bool) -> dict[str, Any]:
    """What the client is told of the user, in the order of the reference: that of the names."""
    return {
        "accessToken": user.access_token,
        "avatarURL": user.avatar_url,
        "avatarUrl": user.avatar_url,  # for clients older than 0.23
        "email": user.email,
        "expiry": user.expiry,
        "id": user.id,
        "isNew": is_new,
        "name": user.name,
        "rawUser": go_value(user.raw),
        "refreshToken": user.refresh_token,
        "username": user.username,
    }
