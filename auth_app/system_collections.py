"""The collections that a new data directory starts with (contract/collections.md 5)."""

from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.definitions.scaffolds import (
    auth_fields,
    auth_indexes,
    auth_options,
    autodate_fields,
    collection_id,
    field_of,
    id_field,
)
from collections_app.fields.base import Field

USERS_ID = "_pb_users_auth_"
SUPERUSER_TOKEN_SECONDS = 86_400
_OTP_BCRYPT_COST = 8  # short-lived and guarded by attempts, so cheap is enough
_AVATAR_TYPES = ("image/jpeg", "image/png", "image/svg+xml", "image/gif", "image/webp")
_OWNER = (
    "@request.auth.id != '' && recordRef = @request.auth.id && collectionRef = @request.auth.collectionId"
)
_SELF = "id = @request.auth.id"


def system_collection(name: str) -> Collection:
    """A system collection as the data directory has it. Raises LookupError when it has none."""
    collection = find_collection(name)
    if collection is None:
        raise LookupError(f"the data directory has no {name} collection; run the migrations first")
    return collection


def initial_collections() -> list[Collection]:
    """All of them in the order of their creation, with fresh token secrets."""
    return [_mfas(), _otps(), _external_auths(), _auth_origins(), _superusers(), _users()]


def _mfas() -> Collection:
    return _bookkeeping(
        "_mfas",
        fields=(_text("method"),),
        indexes=("CREATE INDEX `idx_mfas_collectionRef_recordRef` ON `_mfas` (collectionRef,recordRef)",),
    )


def _otps() -> Collection:
    password = field_of(
        "password", "password", system=True, hidden=True, required=True, cost=_OTP_BCRYPT_COST
    )
    return _bookkeeping(
        "_otps",
        fields=(password, field_of("text", "sentTo", system=True, hidden=True)),
        indexes=("CREATE INDEX `idx_otps_collectionRef_recordRef` ON `_otps` (collectionRef, recordRef)",),
    )


def _external_auths() -> Collection:
    return _bookkeeping(
        "_externalAuths",
        fields=(_text("provider"), _text("providerId")),
        indexes=(
            "CREATE UNIQUE INDEX `idx_externalAuths_record_provider` "
            "ON `_externalAuths` (collectionRef, recordRef, provider)",
            "CREATE UNIQUE INDEX `idx_externalAuths_collection_provider` "
            "ON `_externalAuths` (collectionRef, provider, providerId)",
        ),
        delete_rule=_OWNER,
    )


def _auth_origins() -> Collection:
    return _bookkeeping(
        "_authOrigins",
        fields=(_text("fingerprint"),),
        indexes=(
            "CREATE UNIQUE INDEX `idx_authOrigins_unique_pairs` "
            "ON `_authOrigins` (collectionRef, recordRef, fingerprint)",
        ),
        delete_rule=_OWNER,
    )


def _superusers() -> Collection:
    name = "_superusers"
    own_id = collection_id("auth", name)
    options = auth_options()
    options["authToken"]["duration"] = SUPERUSER_TOKEN_SECONDS
    return Collection(
        id=own_id,
        name=name,
        type="auth",
        system=True,
        fields=(id_field(), *auth_fields(), *autodate_fields(system=True)),
        indexes=auth_indexes(own_id, name),
        options=options,
    )


def _users() -> Collection:
    options = auth_options()
    options["oauth2"]["mappedFields"].update(name="name", avatarURL="avatar")
    return Collection(
        id=USERS_ID,
        name="users",
        type="auth",
        fields=(
            id_field(),
            *auth_fields(),
            field_of("text", "name", max=255),
            field_of("file", "avatar", maxSelect=1, mimeTypes=list(_AVATAR_TYPES)),
            *autodate_fields(),
        ),
        indexes=auth_indexes(USERS_ID, "users"),
        list_rule=_SELF,
        view_rule=_SELF,
        create_rule="",
        update_rule=_SELF,
        delete_rule=_SELF,
        options=options,
    )


def _bookkeeping(
    name: str, *, fields: tuple[Field, ...], indexes: tuple[str, ...], delete_rule: str | None = None
) -> Collection:
    """A system collection about auth records; their owners may read it."""
    return Collection(
        id=collection_id("base", name),
        name=name,
        system=True,
        fields=(
            id_field(),
            _text("collectionRef"),
            _text("recordRef"),
            *fields,
            *autodate_fields(system=True),
        ),
        indexes=indexes,
        list_rule=_OWNER,
        view_rule=_OWNER,
        delete_rule=delete_rule,
    )


def _text(name: str) -> Field:
    return field_of("text", name, system=True, required=True)
