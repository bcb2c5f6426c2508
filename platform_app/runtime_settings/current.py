"""The settings that superusers change at run time: one JSON row in `_params`, typed.

Shape, defaults and encryption follow contract/system.md 4. This module is the lowest of the house: every
app may read `current()`.
"""

import base64
import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from platform_app.database.rows import fetch_one

ROW_ID = "settings"
_SELECT = f"SELECT value FROM _params WHERE id = '{ROW_ID}'"  # noqa: S608 - a constant
RELOAD_SECONDS = 0.5
_NONCE_BYTES = 12

DEFAULTS: dict[str, Any] = {
    "superuserIPs": [],
    "smtp": {
        "enabled": False,
        "port": 587,
        "host": "smtp.example.com",
        "username": "",
        "password": "",
        "authMethod": "",
        "tls": False,
        "localName": "",
    },
    "backups": {
        "cron": "",
        "cronMaxKeep": 3,
        "s3": {
            "enabled": False,
            "bucket": "",
            "region": "",
            "endpoint": "",
            "accessKey": "",
            "secret": "",
            "forcePathStyle": False,
        },
    },
    "s3": {
        "enabled": False,
        "bucket": "",
        "region": "",
        "endpoint": "",
        "accessKey": "",
        "secret": "",
        "forcePathStyle": False,
    },
    "meta": {
        "accentColor": "#1055c9",
        "appName": "Acme",
        "appURL": "http://localhost:8090",
        "senderName": "Support",
        "senderAddress": "support@example.com",
        "hideControls": False,
    },
    "rateLimits": {
        "rules": [
            {"label": "*:auth", "audience": "", "duration": 3, "maxRequests": 2},
            {"label": "*:create", "audience": "", "duration": 5, "maxRequests": 20},
            {"label": "/api/batch", "audience": "", "duration": 1, "maxRequests": 3},
            {"label": "/api/", "audience": "", "duration": 10, "maxRequests": 300},
        ],
        "excludedIPs": [],
        "enabled": False,
    },
    "trustedProxy": {"headers": [], "useLeftmostIP": False},
    "batch": {"enabled": False, "maxRequests": 50, "timeout": 3, "maxBodySize": 0},
    "logs": {"maxDays": 5, "minLevel": 0, "logIP": True, "logAuthId": False},
}


# What a rate limit rule has where nothing was submitted for it.
NEW_RULE: dict[str, Any] = {"label": "", "audience": "", "duration": 0, "maxRequests": 0}


@dataclass(frozen=True)
class MetaSettings:
    app_name: str
    app_url: str
    sender_name: str
    sender_address: str


@dataclass(frozen=True)
class TrustedProxySettings:
    headers: tuple[str, ...]
    use_leftmost_ip: bool


@dataclass(frozen=True)
class BatchSettings:
    enabled: bool
    max_requests: int
    timeout_seconds: float
    max_body_bytes: int


@dataclass(frozen=True)
class RateLimitRule:
    """At most `max_requests` per window; `audience` is "" for all, "@guest" or "@auth"."""

    label: str
    audience: str
    duration_seconds: int
    max_requests: int


@dataclass(frozen=True, eq=False)
class RateLimitSettings:
    """One state of the rules. Compared by identity: counters belong to one state and go with it."""

    enabled: bool
    rules: tuple[RateLimitRule, ...]
    excluded_ips: tuple[str, ...]


@dataclass(frozen=True)
class RuntimeSettings:
    """One state of the settings; `data` is the whole JSON object, defaults filled in, nothing unknown."""

    data: Mapping[str, Any]
    superuser_ips: tuple[str, ...]
    meta: MetaSettings
    trusted_proxy: TrustedProxySettings
    batch: BatchSettings
    rate_limits: RateLimitSettings

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        data = _merged(DEFAULTS, stored)
        meta, proxy, batch = data["meta"], data["trustedProxy"], data["batch"]
        limits = data["rateLimits"]
        return cls(
            data=data,
            superuser_ips=tuple(data["superuserIPs"]),
            meta=MetaSettings(meta["appName"], meta["appURL"], meta["senderName"], meta["senderAddress"]),
            trusted_proxy=TrustedProxySettings(tuple(proxy["headers"]), proxy["useLeftmostIP"]),
            batch=BatchSettings(
                batch["enabled"], batch["maxRequests"], batch["timeout"], batch["maxBodySize"]
            ),
            rate_limits=RateLimitSettings(
                enabled=limits["enabled"],
                rules=tuple(
                    RateLimitRule(rule["label"], rule["audience"], rule["duration"], rule["maxRequests"])
                    for rule in limits["rules"]
                ),
                excluded_ips=tuple(limits["excludedIPs"]),
            ),
        )


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, default in base.items():
        value = over.get(key)
        if isinstance(default, Mapping):
            merged[key] = _merged(default, value if isinstance(value, Mapping) else {})
        elif key == "rules" and value is not None:
            merged[key] = [_merged(NEW_RULE, rule) for rule in value]
        elif value is not None:
            merged[key] = value
    return merged


# --- the stored row -------------------------------------------------------------------------------


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
    key = settings.SETTINGS_ENCRYPTION_KEY
    if not key:
        raise ImproperlyConfigured("invalid settings db data or missing SETTINGS_ENCRYPTION_KEY")
    decrypted: dict[str, Any] = json.loads(_decrypt(parsed if isinstance(parsed, str) else text, key))
    return decrypted


def _decrypt(text: str, key: str) -> bytes:
    # cryptography takes 30 ms to import; installations without encryption never pay for it.
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        sealed = base64.b64decode(text)
        return AESGCM(key.encode()).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (ValueError, InvalidTag) as error:
        raise ImproperlyConfigured("SETTINGS_ENCRYPTION_KEY does not open the stored settings") from error


def row_value(data: Mapping[str, Any]) -> bytes | str:
    """What PocketBase puts into `_params` for these settings: JSON bytes, or a base64 text if encrypted.

    Raises ImproperlyConfigured when SETTINGS_ENCRYPTION_KEY has not 32 bytes.
    """
    row = dict(data)
    row["s3"] = _without_empty_secret(row["s3"])
    row["backups"] = {**row["backups"], "s3": _without_empty_secret(row["backups"]["s3"])}
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
    key = settings.SETTINGS_ENCRYPTION_KEY
    return _encrypt(text, key) if key else text


def _without_empty_secret(s3: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in s3.items() if key != "secret" or value}


def _encrypt(plain: bytes, key: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # as slow as in `_decrypt`

    nonce = os.urandom(_NONCE_BYTES)
    try:
        sealed = nonce + AESGCM(key.encode()).encrypt(nonce, plain, None)
    except ValueError as error:
        raise ImproperlyConfigured("SETTINGS_ENCRYPTION_KEY must have 32 characters") from error
    return base64.b64encode(sealed).decode()


# --- the process's copy -----------------------------------------------------------------------------


class _Current:
    """The copy that all threads of this process share; reloaded when the row moved."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.settings: RuntimeSettings | None = None
        self.raw: bytes | str | None = None
        self.checked_at = 0.0


_current = _Current()


def current() -> RuntimeSettings:
    """The settings to serve this request with; at most RELOAD_SECONDS old."""
    loaded = _current.settings
    now = time.monotonic()
    if loaded is not None and now - _current.checked_at < RELOAD_SECONDS:
        return loaded
    with _current.lock:
        raw = _stored_value()
        if _current.settings is None or raw != _current.raw:
            _current.settings = RuntimeSettings.from_json({} if raw is None else read_row(raw))
            _current.raw = raw
        _current.checked_at = now
        return _current.settings


def forget_settings() -> None:
    """Make the next `current()` read the row again; for the process that changed it."""
    # Under the lock: whoever is just reading the old row must not put it back afterwards.
    with _current.lock:
        _current.settings = None


def stored_settings() -> RuntimeSettings:
    """The settings as they are in the database right now, for whoever is about to change them."""
    raw = _stored_value()
    return RuntimeSettings.from_json({} if raw is None else read_row(raw))


def _stored_value() -> bytes | str | None:
    row = fetch_one(_SELECT)
    if row is None:
        return None
    value = row[0]
    return bytes(value) if isinstance(value, memoryview) else value
