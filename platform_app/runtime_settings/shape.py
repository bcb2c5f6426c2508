"""What the settings hold and what they are where nobody said otherwise (contract/system.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

DEFAULT_BATCH_LIMIT_BYTES = 128 * 1024 * 1024

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
    accent_color: str
    hides_controls: bool


@dataclass(frozen=True)
class SmtpSettings:
    """The mail server; `is_tls` is encryption from the first byte, without it STARTTLS is used if offered."""

    enabled: bool
    host: str
    port: int
    username: str
    password: str = field(repr=False)
    auth_method: str
    is_tls: bool
    local_name: str


@dataclass(frozen=True)
class S3Settings:
    """A bucket of an S3 service; `endpoint` may come without a scheme, which means https.

    `is_path_style` says that the bucket stands in the path of addresses and not in their host.
    """

    enabled: bool
    bucket: str
    region: str
    endpoint: str
    access_key: str
    secret: str = field(repr=False)
    is_path_style: bool

    @classmethod
    def from_json(cls, group: Mapping[str, Any]) -> Self:
        return cls(
            enabled=group["enabled"],
            bucket=group["bucket"],
            region=group["region"],
            endpoint=group["endpoint"],
            access_key=group["accessKey"],
            secret=group["secret"],
            is_path_style=group["forcePathStyle"],
        )


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

    @property
    def body_limit_bytes(self) -> int:
        return self.max_body_bytes or DEFAULT_BATCH_LIMIT_BYTES


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
class LogSettings:
    """What is kept of the log, and for how long: with `max_days` 0 nothing is."""

    max_days: int
    min_level: int
    has_ip: bool
    has_auth_id: bool


@dataclass(frozen=True)
class RuntimeSettings:
    """One state of the settings; `data` is the whole JSON object, defaults filled in, nothing unknown."""

    data: Mapping[str, Any]
    superuser_ips: tuple[str, ...]
    meta: MetaSettings
    smtp: SmtpSettings
    s3: S3Settings
    backups_s3: S3Settings
    trusted_proxy: TrustedProxySettings
    batch: BatchSettings
    rate_limits: RateLimitSettings
    logs: LogSettings

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        data = _merged(DEFAULTS, stored)
        meta, proxy, batch = data["meta"], data["trustedProxy"], data["batch"]
        limits, smtp, logs = data["rateLimits"], data["smtp"], data["logs"]
        return cls(
            data=data,
            superuser_ips=tuple(data["superuserIPs"]),
            meta=MetaSettings(
                meta["appName"],
                meta["appURL"],
                meta["senderName"],
                meta["senderAddress"],
                meta["accentColor"],
                meta["hideControls"],
            ),
            smtp=SmtpSettings(
                enabled=smtp["enabled"],
                host=smtp["host"],
                port=smtp["port"],
                username=smtp["username"],
                password=smtp["password"],
                auth_method=smtp["authMethod"],
                is_tls=smtp["tls"],
                local_name=smtp["localName"],
            ),
            s3=S3Settings.from_json(data["s3"]),
            backups_s3=S3Settings.from_json(data["backups"]["s3"]),
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
            logs=LogSettings(logs["maxDays"], logs["minLevel"], logs["logIP"], logs["logAuthId"]),
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
