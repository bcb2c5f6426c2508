"""The account of somebody new, made of what the client sent and what the provider says.

Reference: contract/auth.md 10.1; apis/record_auth_with_oauth2.go, PocketBase v0.39.11.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from auth_app.events import RecordAuthWithOAuth2Event
from collections_app.collection import Collection
from collections_app.fields.file_field import FileField
from collections_app.fields.file_names import PendingFile
from collections_app.fields.password_field import Password
from collections_app.fields.text_field import TextField
from collections_app.fields.texts import HoldsText
from collections_app.records.querying.finding import find_first
from collections_app.records.record import Record
from collections_app.records.uploads import Uploads
from collections_app.records.writing.creating import creation
from collections_app.records.writing.foreseeing import foreseen
from collections_app.records.writing.saving import save_record
from collections_app.request_info import RequestInfo
from collections_app.system_names import SUPERUSERS
from files_app.downloading import DownloadFailed, download
from platform_app.database.ids import random_text
from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES
from platform_app.requests.exchange import inner_request
from platform_app.wire.errors import ApiError, BadRequest

logger = logging.getLogger(__name__)

FAILED = "Failed to authenticate."
AVATAR_SECONDS = 10.0
_RANDOM_PASSWORD_LENGTH = 30

# (collection, path) of a record that is about to be made; raises when it comes too soon after others.
CheckRate = Callable[[Collection, str], None]


@dataclass(frozen=True)
class Prepared:
    """What takes its time, done before a transaction opens: passwords are hashed, the picture is here.

    `create_data` is what the client sent for a new account; `accounts` is what will probably come of it, if a
    picture is to be stored.
    """

    unknown_password: Password
    create_data: Mapping[str, Any]
    uploads: Uploads = field(default_factory=dict)
    accounts: tuple[Record, ...] = ()


def prepare(event: RecordAuthWithOAuth2Event, *, is_own: bool) -> Prepared:
    """Do what a sign-in as `event.record`, or as somebody new, will need; `is_own` if that is who asks."""
    unknown_password = _password(event.collection, random_text(_RANDOM_PASSWORD_LENGTH))
    create_data = dict(event.create_data)
    if event.record is not None:
        if not is_own and not event.record["verified"]:
            _ = unknown_password.hash
        return Prepared(unknown_password, create_data)
    if "password" in create_data:
        create_data["password"] = password = _password(event.collection, create_data["password"])
        if isinstance(password, Password) and not password.is_too_long:
            _ = password.hash
    else:
        _ = unknown_password.hash
    uploads = _avatar_uploads(event)
    if not uploads:
        return Prepared(unknown_password, create_data)
    info = _create_info(event, create_data, uploads)
    try:
        account = foreseen(event.collection, None, info=info, uploads=uploads)
    except ApiError:
        return Prepared(unknown_password, create_data, uploads)  # `sign_up` tells
    return Prepared(unknown_password, create_data, uploads, (account,))


def sign_up(event: RecordAuthWithOAuth2Event, prepared: Prepared, check_rate: CheckRate) -> Record:
    """Make the record as a create request of the caller would, and verify an email that the provider has.

    Runs in the transaction of the sign-in. Raises ApiError as the request would, and Invalid.
    """
    collection = event.collection
    if collection.name == SUPERUSERS:
        raise BadRequest(FAILED)  # whatever the collection's options say
    check_rate(collection, _path(collection))
    info = _create_info(event, prepared.create_data, prepared.uploads)
    write = creation(
        collection, info=info, uploads=prepared.uploads, unknown_password=prepared.unknown_password
    )
    for account in prepared.accounts:
        write.event.record.reserved_id = account.id
    write.run()
    record = write.event.record
    if record["email"] == event.oauth2_user.email and not record["verified"]:
        record["verified"] = True  # also when both are empty
        save_record(record)
    return record


def _password(collection: Collection, raw: Any) -> Any:
    return collection.fields_by_name["password"].clean(raw)


def _avatar_uploads(event: RecordAuthWithOAuth2Event) -> Uploads:
    """The picture, if a file field wants it and the client brings none; what goes wrong is only logged."""
    name, url = event.collection.auth.oauth2.mapped_fields.get("avatarURL"), event.oauth2_user.avatar_url
    if not name or not url or name in event.create_data:
        return {}
    if not isinstance(event.collection.fields_by_name.get(name), FileField):
        return {}
    try:
        avatar = download(url, most_bytes=DEFAULT_LIMIT_BYTES, seconds=AVATAR_SECONDS)
    except DownloadFailed as error:
        logger.warning("the picture of somebody at %s was not taken over: %s", event.provider_name, error)
        return {}
    # The reference sends the renamed file through an upload once more.
    return {name: [PendingFile.of(avatar.name, avatar.size_bytes, avatar.open)]}


def _path(collection: Collection) -> str:
    return f"/api/collections/{collection.name}/records"


def _create_info(
    event: RecordAuthWithOAuth2Event, create_data: Mapping[str, Any], uploads: Uploads
) -> RequestInfo:
    """The request that would create the account."""
    files = {name: list(files) for name, files in uploads.items()}
    return replace(
        event.info,
        method="POST",
        query={},
        headers={**event.info.headers, "content_type": "multipart/form-data"},
        body=_body(event, create_data),
        request=inner_request(event.request, "POST", _path(event.collection), {}, files),
    )


def _body(event: RecordAuthWithOAuth2Event, create_data: Mapping[str, Any]) -> dict[str, Any]:
    """What the client sent, and what the provider says where the client says nothing."""
    user, collection = event.oauth2_user, event.collection
    body = dict(create_data)
    email = body.get("email")
    if not isinstance(email, str) or not email:
        body["email"] = user.email
    for told, value in (
        ("id", user.id),
        ("name", user.name),
        ("username", user.username),
        ("avatarURL", user.avatar_url),
    ):
        name = collection.auth.oauth2.mapped_fields.get(told)
        if not name or name in body:
            continue
        if told == "username" and not _is_free(collection, name, value):
            continue  # left to the field, which may make one
        if told == "avatarURL" and (not value or isinstance(collection.fields_by_name.get(name), FileField)):
            continue
        body[name] = value
    return body


def _is_free(collection: Collection, name: str, username: str) -> bool:
    """Whether the field takes the username, and no other record has it."""
    field = collection.fields_by_name.get(name)
    if field is None or (isinstance(field, TextField) and field.error_of_text(username) is not None):
        return False
    index = collection.unique_index_of(field.name)
    if index is None or not isinstance(field, HoldsText):
        return True
    return find_first(collection, name, username, ignore_case=index.columns[0].ignores_case) is None
