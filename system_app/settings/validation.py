"""What settings must be: every member's rules, and the errors of those that break them.

Reference: contract/system.md 4.1, 10 and 18; core/settings_model.go, PocketBase v0.39.11.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from collections_app.fields.email_field import is_email
from platform_app.wire.addresses import parse_address, parse_subnet
from platform_app.wire.errors import ErrorTree, FieldError, required
from platform_app.wire.urls import is_url
from system_app.crons.schedule import InvalidCron, Schedule

_HEX_COLOR = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_DNS_NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62}(?:\.[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62})*[._]?")
_MOST_DNS_BYTES = 255
_RATE_LIMIT_LABEL = re.compile(r"\w+ /[\w/-]*|/[\w/-]*|\w+:\w+|\*:\w+|\w+", re.ASCII)

_Error = FieldError | ErrorTree | None


def settings_errors(settings: Mapping[str, Any]) -> ErrorTree:
    """The errors by member, nested as the settings are; {} for settings that may be saved."""
    return _found(
        superuserIPs=_each(settings["superuserIPs"], _address_error),
        meta=_meta_errors(settings["meta"]),
        logs=_found(maxDays=_at_least(settings["logs"]["maxDays"], 0)),
        smtp=_smtp_errors(settings["smtp"]),
        s3=_s3_errors(settings["s3"]),
        backups=_backups_errors(settings["backups"]),
        batch=_batch_errors(settings["batch"]),
        rateLimits=_rate_limits_errors(settings["rateLimits"]),
    )


# --- the groups ---------------------------------------------------------------------------------------


def _meta_errors(meta: Mapping[str, Any]) -> ErrorTree:
    color, url, address = meta["accentColor"], meta["appURL"], meta["senderAddress"]
    return _found(
        accentColor=_length(color, 7, 7)
        or _unless(not color or _is_hex_color(color), "hex_color", "a valid hexadecimal color code"),
        appName=_needed(meta["appName"]) or _length(meta["appName"], 1, 255),
        appURL=_needed(url) or _url_error(url),
        senderName=_needed(meta["senderName"]) or _length(meta["senderName"], 1, 255),
        senderAddress=_needed(address) or _unless(is_email(address), "email", "a valid email address"),
    )


def _smtp_errors(smtp: Mapping[str, Any]) -> ErrorTree:
    enabled = smtp["enabled"]
    return _found(
        host=_needed(smtp["host"], enabled) or _host_error(smtp["host"]),
        port=_needed(smtp["port"], enabled) or _at_least(smtp["port"], 0),
        authMethod=_one_of(smtp["authMethod"], ("", "LOGIN", "PLAIN")),
        localName=_host_error(smtp["localName"]),
    )


def _s3_errors(s3: Mapping[str, Any]) -> ErrorTree:
    enabled = s3["enabled"]
    return _found(
        endpoint=_url_error(s3["endpoint"]) or _needed(s3["endpoint"], enabled),
        bucket=_needed(s3["bucket"], enabled),
        region=_needed(s3["region"], enabled),
        accessKey=_needed(s3["accessKey"], enabled),
        secret=_needed(s3["secret"], enabled),
    )


def _backups_errors(backups: Mapping[str, Any]) -> ErrorTree:
    return _found(
        cron=_cron_error(backups["cron"]),
        cronMaxKeep=_needed(backups["cronMaxKeep"], backups["cron"]) or _at_least(backups["cronMaxKeep"], 1),
        s3=_s3_errors(backups["s3"]),
    )


def _batch_errors(batch: Mapping[str, Any]) -> ErrorTree:
    enabled = batch["enabled"]
    return _found(
        maxRequests=_needed(batch["maxRequests"], enabled) or _at_least(batch["maxRequests"], 0),
        timeout=_needed(batch["timeout"], enabled) or _at_least(batch["timeout"], 0),
        maxBodySize=_at_least(batch["maxBodySize"], 0),
    )


def _rate_limits_errors(limits: Mapping[str, Any]) -> ErrorTree:
    rules = limits["rules"]
    return _found(
        rules=_needed(rules, limits["enabled"]) or _each(rules, _rule_errors) or _conflict(rules),
        excludedIPs=_each(limits["excludedIPs"], _address_error),
    )


def _rule_errors(rule: Mapping[str, Any]) -> ErrorTree:
    label = rule["label"]
    return _found(
        label=_needed(label)
        or (
            None
            if _RATE_LIMIT_LABEL.fullmatch(label)
            else _error("match_invalid", "Must be in a valid format.")
        ),
        maxRequests=_needed(rule["maxRequests"]) or _at_least(rule["maxRequests"], 1),
        duration=_needed(rule["duration"]) or _at_least(rule["duration"], 1),
        audience=_one_of(rule["audience"], ("", "@guest", "@auth")),
    )


def _conflict(rules: Sequence[Mapping[str, Any]]) -> ErrorTree:
    """The first rule whose label and audience begin like an earlier one's, or the other way round."""
    earlier: list[str] = []
    for at, rule in enumerate(rules):
        key = f"{rule['label']}@@{rule['audience']}"
        if any(key.startswith(other) or other.startswith(key) for other in earlier):
            message = (
                f"Rate limit rule configuration with label {rule['label']} already exists "
                "or conflicts with another rule."
            )
            conflicting = _error("conflicting_rate_limit_rule", message, {"label": rule["label"]})
            return {str(at): {"label": conflicting}}
        earlier.append(key)
    return {}


# --- the rules: each gives the error of a value, or nothing --------------------------------------------


def _error(code: str, message: str, params: Mapping[str, Any] | None = None) -> FieldError:
    return FieldError(f"validation_{code}", message, params)


def _found(**errors: _Error) -> ErrorTree:
    return {name: error for name, error in errors.items() if error}


def _each(items: Sequence[Any], check: Callable[[Any], _Error]) -> ErrorTree:
    return {str(at): error for at, item in enumerate(items) if (error := check(item))}


def _needed(value: Any, condition: Any = True) -> FieldError | None:
    return required() if condition and not value else None


def _unless(holds: bool, kind: str, what: str) -> FieldError | None:
    return None if holds else _error(f"is_{kind}", f"Must be {what}.")


def _at_least(value: int, threshold: int) -> FieldError | None:
    # 0 stands for "not set", which only `_needed` minds.
    if not value or value >= threshold:
        return None
    return _error(
        "min_greater_equal_than_required", f"Must be no less than {threshold}.", {"threshold": threshold}
    )


def _length(text: str, least: int, most: int) -> FieldError | None:
    if not text or least <= len(text.encode()) <= most:
        return None
    params = {"max": most, "min": least}
    if least == most:
        return _error("length_invalid", f"The length must be exactly {least}.", params)
    return _error("length_out_of_range", f"The length must be between {least} and {most}.", params)


def _one_of(value: str, choices: Sequence[str]) -> FieldError | None:
    return None if value in choices else _error("in_invalid", "Must be a valid value.")


def _is_hex_color(text: str) -> bool:
    return _HEX_COLOR.fullmatch(text) is not None


def _url_error(text: str) -> FieldError | None:
    return _unless(not text or is_url(text), "url", "a valid URL")


def _host_error(text: str) -> FieldError | None:
    return _unless(not text or _is_host(text), "host", "a valid IP address or DNS name")


def _is_host(text: str) -> bool:
    address = parse_address(text)
    if address is not None and not address.zone:
        return True
    is_short = len(text.replace(".", "").encode()) <= _MOST_DNS_BYTES
    return is_short and _DNS_NAME.fullmatch(text) is not None


def _address_error(text: str) -> FieldError | None:
    """An address or a subnet such as 10.0.0.0/8, not one written with a netmask."""
    if not text:
        return required()
    if parse_address(text) is not None or parse_subnet(text) is not None:
        return None
    # The code is misspelt in the reference; clients compare it.
    return _error("invlaid_ip_or_subnet", "Invalid IP or CIDR subnet.")


def _cron_error(text: str) -> FieldError | None:
    if not text:
        return None
    try:
        Schedule.parse(text)
    except InvalidCron as error:
        return _error("invalid_cron", str(error))
    return None
