"""How it is run: superusers, limits, the proxy, mails, logs, the settings' secrets, file descriptors."""

import resource
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from auth_app.superusers import superusers as accounts
from auth_app.superusers import superusers_collection
from platform_app.requests.lane_threads import LANES_WITH_THREADS, threads_of
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.connections.bounds import connections_within
from system_app.examining.finding import Finding

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_LARGE_LOG_BYTES = 1_000_000_000


def superusers() -> Iterator[Finding]:
    count = len(accounts())
    if not count:
        yield Finding("Superusers", "there is none", "warning", "manage.py superuser create EMAIL makes one")
        return
    if count == 1:
        yield Finding(
            "Superusers",
            "there is one only",
            "warning",
            "make a second one: who loses that password, or leaves, locks everybody out",
        )
    else:
        yield Finding("Superusers", f"{count} of them")
    if not superusers_collection().auth.mfa.enabled:
        yield Finding(
            "Superusers",
            "a password alone signs them in",
            "warning",
            "turn on MFA and OTP in the options of _superusers, once mails leave",
        )
    addresses = current().data["superuserIPs"]
    if addresses:
        yield Finding("Superusers", f"may act from {len(addresses)} addresses or subnets only")


def limits() -> Iterator[Finding]:
    if current().rate_limits.enabled:
        yield Finding("Limits", f"{len(current().rate_limits.rules)} rules")
    else:
        yield Finding(
            "Limits",
            "none: passwords may be guessed as fast as the server can check them",
            "warning",
            "turn rateLimits on in the settings",
        )


def descriptors() -> Iterator[Finding]:
    """As this command may have them; a server that is started otherwise may have others."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        yield Finding("Open files", "as many may be open as the system allows")
        return
    wanted = settings.JOEY_MOST_CONNECTIONS
    most = connections_within(hard, threads=sum(threads_of(lane).size for lane in LANES_WITH_THREADS))
    if most < wanted:
        yield Finding(
            "Open files",
            f"{hard:,} may be open at once: enough for {most:,} connections of {wanted:,}",
            "warning",
            "raise LimitNOFILE in the unit (ulimit -n), or lower MOST_CONNECTIONS",
        )
    else:
        yield Finding("Open files", f"{hard:,} may be open at once, enough for {wanted:,} connections")


def address() -> Iterator[Finding]:
    url = current().meta.app_url
    proxy = current().trusted_proxy
    if urlsplit(url).hostname in _LOCAL_NAMES:
        yield Finding(
            "Address",
            "meta.appURL is one of this machine",
            "warning",
            "links in mails lead nowhere: name the address in the settings by which people come",
        )
    else:
        yield Finding("Address", "meta.appURL names one that others reach")
    is_near = settings.JOEY_HOST in _LOCAL_NAMES
    if proxy.headers and not is_near and not _is_private(settings.JOEY_HOST):
        yield Finding(
            "Proxy",
            f"its headers are believed, and HOST is {settings.JOEY_HOST}",
            "warning",
            "who reaches Joey past the proxy can name any address: let it listen where only the proxy is",
        )
    if proxy.headers and proxy.use_leftmost_ip:
        yield Finding(
            "Proxy",
            "the leftmost address is believed, which clients choose unless the proxy drops it",
            "warning",
            "turn trustedProxy.useLeftmostIP off, unless the proxy writes the header anew",
        )
    if not proxy.headers and is_near and urlsplit(url).hostname not in _LOCAL_NAMES:
        yield Finding(
            "Proxy",
            "no header is believed: all who come through a proxy count as one client",
            "warning",
            "name the proxy's header in trustedProxy.headers, such as X-Forwarded-For",
        )


def sender() -> Iterator[Finding]:
    meta = current().meta
    if current().smtp.enabled and meta.sender_address == DEFAULTS["meta"]["senderAddress"]:
        yield Finding(
            "Mail",
            f"the sender is still {meta.sender_address}",
            "warning",
            "name an address of your own in meta.senderAddress: mail servers refuse or drop others",
        )


def encryption() -> Iterator[Finding]:
    if settings.JOEY_SETTINGS_ENCRYPTION_KEY:
        yield Finding("Encryption", "the settings are encrypted in the database")
        return
    if _holds_secrets():
        yield Finding(
            "Encryption",
            "passwords and keys of the settings lie open in the database and its backups",
            "warning",
            "set SETTINGS_ENCRYPTION_KEY (32 characters, kept elsewhere), then save the settings once",
        )
    else:
        yield Finding("Encryption", "none, and the settings hold no secrets")


def logs() -> Iterator[Finding]:
    kept = current().logs
    if kept.max_days == 0:
        yield Finding("Log", "nothing is logged", "warning", "set logs.maxDays in the settings to 1 or more")
        return
    text = f"kept for {kept.max_days} days"
    path = Path(settings.JOEY_DATA_DIR, "auxiliary.db")
    size = path.stat().st_size if path.exists() else 0
    if size > _LARGE_LOG_BYTES:
        yield Finding(
            "Log",
            f"{text}, and {size / 1_000_000:,.0f} MB large",
            "warning",
            "lower logs.maxDays or raise logs.minLevel: it is in every backup",
        )
    else:
        yield Finding("Log", text)


def development() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding(
            "Debug",
            "DEBUG is on: errors show code and settings to everybody",
            "warning",
            "take DEBUG out of the environment where others reach the server",
        )


def _holds_secrets() -> bool:
    data = current().data
    return bool(data["smtp"]["password"] or data["s3"]["secret"] or data["backups"]["s3"]["secret"])


def _is_private(host: str) -> bool:
    try:
        return ip_address(host).is_private and not ip_address(host).is_unspecified
    except ValueError:
        return False
