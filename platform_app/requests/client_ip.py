"""Who is calling: the peer's address, or what a trusted proxy says of it (contract/system.md 12)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.http import HttpRequest

from platform_app.runtime_settings.current import current

# The reference looks for X-Forwarded-For too, but under a misspelt name, and so never finds it.
_WELL_KNOWN_PROXY_HEADERS = ("CF-Connecting-IP", "Fly-Client-IP")


def remote_ip(request: HttpRequest) -> str:
    """The TCP peer's address, IPv6 in its long form; "" when the server does not know it."""
    return _expanded(request.META.get("REMOTE_ADDR") or "") or ""


def real_ip(request: HttpRequest) -> str:
    """The first valid address that a trusted proxy header names, else the peer's.

    Within a header the last one counts, or the first with `trustedProxy.useLeftmostIP`.
    """
    proxy = current().trusted_proxy
    for header in proxy.headers:
        addresses = request.META.get(_meta_key(header), "").split(",")
        for candidate in addresses if proxy.use_leftmost_ip else reversed(addresses):
            if ip := _expanded(candidate.strip()):
                return ip
    return remote_ip(request)


def possible_proxy_header(request: HttpRequest) -> str:
    """The first header on this request that looks as if a proxy had set it, or ""."""
    for header in (*current().trusted_proxy.headers, *_WELL_KNOWN_PROXY_HEADERS):
        if request.META.get(_meta_key(header)):
            return header
    return ""


def is_listed(ip: str, entries: tuple[str, ...]) -> bool:
    """Whether `ip` is one of the addresses, or lies in one of the subnets, of `entries`."""
    try:
        address: IPv4Address | IPv6Address = ip_address(ip)
    except ValueError:
        return False
    for entry in entries:
        try:
            if address in ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


def _meta_key(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")


@lru_cache(maxsize=1000)
def _expanded(text: str) -> str | None:
    try:
        return ip_address(text).exploded
    except ValueError:
        return None
