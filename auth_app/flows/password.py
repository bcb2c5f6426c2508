"""Signing in with an identity, such as an email address, and a password.

Reference: contract/auth.md 5; apis/record_auth_with_password.go, PocketBase v0.39.11.
"""

from dataclasses import dataclass
from typing import Any

from auth_app.events import RecordAuthWithPasswordEvent, record_auth_with_password_request
from auth_app.flows.checking import length_error, refuse
from auth_app.flows.response import Caller, auth_response
from collections_app import passwords
from collections_app.collection import Collection
from collections_app.fields.email_field import is_email
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_first
from collections_app.records.record import Record
from platform_app.wire.errors import ApiError, BadRequest, FieldError, Forbidden


@dataclass(frozen=True)
class Credentials:
    """What was typed; `identity_field` "" leaves the choice of the field to the collection."""

    identity: str
    password: str
    identity_field: str = ""


class _NoUniqueIndex(Exception):
    """The field does not identify one record, so nobody can be found by it."""


def require_password_auth(collection: Collection) -> None:
    """Raises Forbidden when nobody of `collection` may sign in with a password."""
    if not collection.auth.password.enabled:
        raise Forbidden("The collection is not configured to allow password authentication.")


def sign_in_with_password(collection: Collection, credentials: Credentials, caller: Caller) -> dict[str, Any]:
    """The auth response for these credentials.

    Raises BadRequest for malformed or wrong credentials (without telling which part is wrong), and what
    `auth_response` raises.
    """
    _validate(collection, credentials)
    event = RecordAuthWithPasswordEvent(
        collection=collection,
        info=caller.info,
        record=find_by_identity(collection, credentials),
        identity=credentials.identity,
        identity_field=credentials.identity_field,
        password=credentials.password,
    )
    answer: dict[str, Any] = record_auth_with_password_request.trigger(
        event, lambda: auth_response(_checked(event), caller.seen_by(event), method="password")
    )
    return answer


def _checked(event: RecordAuthWithPasswordEvent) -> Record:
    """The record, if the password is its own. Raises BadRequest."""
    record = event.record
    if record is None:
        _compare_with_somebody(event.collection)
    elif passwords.matches(event.password, record["password"]):
        return record
    raise BadRequest("Failed to authenticate.")


def _validate(collection: Collection, credentials: Credentials) -> None:
    field = credentials.identity_field
    field_error = length_error(field, is_required=False)
    if field_error is None and field and field not in collection.auth.password.identity_fields:
        field_error = FieldError("validation_in_invalid", "Must be a valid value.")
    refuse(
        identity=length_error(credentials.identity),
        password=length_error(credentials.password),
        identityField=field_error,
    )


def find_by_identity(collection: Collection, credentials: Credentials) -> Record | None:
    """The record with this identity. Raises ApiError (500) when the last field tried has no unique index."""
    if credentials.identity_field:
        names = [credentials.identity_field]
    else:
        # Email first: older versions only knew it, and a username may look like somebody's address.
        names = sorted(collection.auth.password.identity_fields, key=lambda name: name != "email")
        if not is_email(credentials.identity):
            names = [name for name in names if name != "email"]
    failure: _NoUniqueIndex | None = None
    for name in names:
        try:
            record, failure = _find_by(collection, name, credentials.identity), None
        except _NoUniqueIndex as error:
            record, failure = None, error
        if record is not None:
            return record
    if failure is not None:
        raise ApiError(status=500) from failure
    return None


def _find_by(collection: Collection, field_name: str, identity: str) -> Record | None:
    index = collection.unique_index_of(field_name)
    if index is None:
        raise _NoUniqueIndex(f"{collection.name}.{field_name} has no unique index")
    return find_first(collection, field_name, identity, ignore_case=index.columns[0].ignores_case)


def _compare_with_somebody(collection: Collection) -> None:
    """Spend the time that a wrong password costs, so that answers do not tell which accounts exist."""
    rows = collection_model(collection.id)._default_manager.values_list("password", flat=True)
    passwords.matches("", rows.first() or "")
