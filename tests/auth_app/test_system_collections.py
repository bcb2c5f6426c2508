"""The collections of a new data directory, as contract/collections.md 5 lists them."""

import re

import pytest

from auth_app.system_collections import initial_collections

OWNER = "@request.auth.id != '' && recordRef = @request.auth.id && collectionRef = @request.auth.collectionId"
SELF = "id = @request.auth.id"
AUTH_FIELDS = ["id*", "password*h", "tokenKey*h", "email*", "emailVisibility", "verified"]


def described(collection):
    """Rules, fields (`*` required, `h` hidden, `-` not system) and indexes of a collection."""
    return {
        "id": collection.id,
        "type": collection.type,
        "system": collection.system,
        "rules": (
            collection.list_rule,
            collection.view_rule,
            collection.create_rule,
            collection.update_rule,
            collection.delete_rule,
        ),
        "fields": [
            field.name + "*" * field.required + "h" * field.hidden + "-" * (not field.system)
            for field in collection.fields
        ],
        "indexes": list(collection.indexes),
    }


EXPECTED = {
    "_mfas": {
        "id": "pbc_2279338944",
        "type": "base",
        "system": True,
        "rules": (OWNER, OWNER, None, None, None),
        "fields": ["id*", "collectionRef*", "recordRef*", "method*", "created", "updated"],
        "indexes": ["CREATE INDEX `idx_mfas_collectionRef_recordRef` ON `_mfas` (collectionRef,recordRef)"],
    },
    "_otps": {
        "id": "pbc_1638494021",
        "type": "base",
        "system": True,
        "rules": (OWNER, OWNER, None, None, None),
        "fields": ["id*", "collectionRef*", "recordRef*", "password*h", "sentToh", "created", "updated"],
        "indexes": ["CREATE INDEX `idx_otps_collectionRef_recordRef` ON `_otps` (collectionRef, recordRef)"],
    },
    "_externalAuths": {
        "id": "pbc_2281828961",
        "type": "base",
        "system": True,
        "rules": (OWNER, OWNER, None, None, OWNER),
        "fields": [
            "id*",
            "collectionRef*",
            "recordRef*",
            "provider*",
            "providerId*",
            "created",
            "updated",
        ],
        "indexes": [
            "CREATE UNIQUE INDEX `idx_externalAuths_record_provider` "
            "ON `_externalAuths` (collectionRef, recordRef, provider)",
            "CREATE UNIQUE INDEX `idx_externalAuths_collection_provider` "
            "ON `_externalAuths` (collectionRef, provider, providerId)",
        ],
    },
    "_authOrigins": {
        "id": "pbc_4275539003",
        "type": "base",
        "system": True,
        "rules": (OWNER, OWNER, None, None, OWNER),
        "fields": ["id*", "collectionRef*", "recordRef*", "fingerprint*", "created", "updated"],
        "indexes": [
            "CREATE UNIQUE INDEX `idx_authOrigins_unique_pairs` "
            "ON `_authOrigins` (collectionRef, recordRef, fingerprint)"
        ],
    },
    "_superusers": {
        "id": "pbc_3142635823",
        "type": "auth",
        "system": True,
        "rules": (None, None, None, None, None),
        "fields": [*AUTH_FIELDS, "created", "updated"],
        "indexes": [
            "CREATE UNIQUE INDEX `idx_tokenKey_pbc_3142635823` ON `_superusers` (`tokenKey`)",
            "CREATE UNIQUE INDEX `idx_email_pbc_3142635823` ON `_superusers` (`email`) WHERE `email` != ''",
        ],
    },
    "users": {
        "id": "_pb_users_auth_",
        "type": "auth",
        "system": False,
        "rules": (SELF, SELF, "", SELF, SELF),
        "fields": [*AUTH_FIELDS, "name-", "avatar-", "created-", "updated-"],
        "indexes": [
            "CREATE UNIQUE INDEX `idx_tokenKey__pb_users_auth_` ON `users` (`tokenKey`)",
            "CREATE UNIQUE INDEX `idx_email__pb_users_auth_` ON `users` (`email`) WHERE `email` != ''",
        ],
    },
}
WELL_KNOWN_FIELD_IDS = {
    "id": "text3208210256",
    "password": "password901924565",
    "tokenKey": "text2504183744",
    "email": "email3885137012",
    "emailVisibility": "bool1547992806",
    "verified": "bool256245529",
    "created": "autodate2990389176",
    "updated": "autodate3332085495",
    "name": "text1579384326",
    "avatar": "file376926767",
    "collectionRef": "text455797646",
    "recordRef": "text127846527",
    "method": "text1582905952",
    "sentTo": "text3866985172",
    "fingerprint": "text4228609354",
    "provider": "text2462348188",
    "providerId": "text1044722854",
}
TEMPLATES = {
    "verificationTemplate": "/_/#/auth/confirm-verification/{TOKEN}",
    "resetPasswordTemplate": "/_/#/auth/confirm-password-reset/{TOKEN}",
    "confirmEmailChangeTemplate": "/_/#/auth/confirm-email-change/{TOKEN}",
}


def test_collections_in_the_order_of_their_creation():
    collections = initial_collections()
    assert [collection.name for collection in collections] == list(EXPECTED)
    assert {collection.name: described(collection) for collection in collections} == EXPECTED


def test_fields_have_the_ids_that_pocketbase_gives_them():
    found = {field.name: field.id for item in initial_collections() for field in item.fields}
    assert found == WELL_KNOWN_FIELD_IDS


@pytest.mark.parametrize(
    ("name", "auth_token_seconds", "mapped"),
    [
        pytest.param("_superusers", 86_400, {}, id="superusers"),
        pytest.param("users", 432_000, {"name": "name", "avatarURL": "avatar"}, id="users"),
    ],
)
def test_auth_options(name, auth_token_seconds, mapped):
    collection = next(item for item in initial_collections() if item.name == name)
    options = dict(collection.options)
    secrets = set()
    durations = {}
    for key in ("authToken", "passwordResetToken", "emailChangeToken", "verificationToken", "fileToken"):
        token = options.pop(key)
        secrets.add(token["secret"])
        durations[key] = token["duration"]
    assert durations == {
        "authToken": auth_token_seconds,
        "passwordResetToken": 1_800,
        "emailChangeToken": 1_800,
        "verificationToken": 86_400,
        "fileToken": 180,
    }
    assert len(secrets) == 5
    assert all(re.fullmatch("[a-zA-Z0-9]{50}", secret) for secret in secrets)

    for key, link in TEMPLATES.items():
        template = options.pop(key)
        assert template["subject"]
        assert f'class="btn" href="{{APP_URL}}{link}"' in template["body"]
    assert "{OTP}" in options["otp"].pop("emailTemplate")["body"]
    assert "{ALERT_INFO}" in options["authAlert"].pop("emailTemplate")["body"]
    assert options == {
        "authRule": "",
        "manageRule": None,
        "authAlert": {"enabled": True},
        "oauth2": {
            "providers": [],
            "mappedFields": {"id": "", "name": "", "username": "", "avatarURL": "", **mapped},
            "enabled": False,
        },
        "passwordAuth": {"enabled": True, "identityFields": ["email"]},
        "mfa": {"enabled": False, "duration": 600, "rule": ""},
        "otp": {"enabled": False, "duration": 180, "length": 8},
    }


def test_secrets_differ_between_installations():
    first, second = (next(item for item in initial_collections() if item.name == "users") for _ in range(2))
    assert first.auth.auth_token.secret != second.auth.auth_token.secret
