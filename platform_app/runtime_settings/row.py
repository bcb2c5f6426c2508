"""The row of `_params` that holds the settings: plain JSON, or encrypted as PocketBase encrypts it.

Reference: contract/system.md 4.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from platform_app.database.rows import fetch_one
from platform_app.security.encryption import decrypt, encrypt

ROW_ID = "settings"
_SAVED_AT = f"SELECT updated FROM _params WHERE id = '{ROW_ID}'"  # noqa: S608 - a constant


def saved_at() -> str:
    """When the settings were saved last, as it is stored; "" when they never were."""
    row = fetch_one(_SAVED_AT)
    return "" if row is None else str(row[0])


def read_row(value: bytes | str) -> dict[str, Any]:
    """The settings object in a `_params` value: plain JSON, or AES-256-GCM in base64.

    Raises ImproperlyConfigured when the value is encrypted and the key is missing or wrong.
    """
    text = value.decode() if isinstance(value, bytes) else value
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        return parsed
    key = settings.JOEY_SETTINGS_ENCRYPTION_KEY
    if not key:
        raise ImproperlyConfigured("invalid settings db data or missing SETTINGS_ENCRYPTION_KEY")
    try:
        decrypted: dict[str, Any] = json.loads(decrypt(parsed if isinstance(parsed, str) else text, key))
    except ValueError as error:
        raise ImproperlyConfigured("SETTINGS_ENCRYPTION_KEY does not open the stored settings") from error
    return decrypted


def row_value(data: Mapping[str, Any]) -> bytes | str:
    """What PocketBase puts into `_params` for these settings: JSON bytes, or a base64 text if encrypted.

    Raises ImproperlyConfigured when SETTINGS_ENCRYPTION_KEY has not 32 bytes.
    """
    row = dict(data)
    row["s3"] = _without_empty_secret(row["s3"])
    row["backups"] = {**row["backups"], "s3": _without_empty_secret(row["backups"]["s3"])}
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
    key = settings.JOEY_SETTINGS_ENCRYPTION_KEY
    if not key:
        return text
    try:
        return encrypt(text, key)
    except ValueError as error:
        raise ImproperlyConfigured("SETTINGS_ENCRYPTION_KEY must have 32 characters") from error


def _without_empty_secret(s3: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in s3.items() if key != "secret" or value}
