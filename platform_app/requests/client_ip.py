"""Who is calling: the peer's address, or what a trusted proxy says of it (contract/system.md 12)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.http import HttpRequest

from platform_app.runtime_settings.current import current

# The reference looks for X-Forwarded-For too, but under a misspelt name, and so never finds it.
_WELL_KNOWN_PROXY_HEADERS = ("CF-Connecting-IP", "Fly-Client-IP")
_MOST_ADDRESSES = 100
_LONGEST_ADDRESS = 60


def remote_ip(request: HttpRequest) -> str:
    """The TCP peer's address, IPv6 in its long form; "" when the server does not know it."""
    return _expanded(request.META.get("REMOTE_ADDR") or "") or ""


def real_ip(request: HttpRequest) -> str:
    """The first valid address that a trusted proxy header names, else the peer's.

    Within a header the last one counts, or the first with `trustedProxy.useLeftmostIP`. From there a hundred
    are looked at: a client may have sent any number of them.
    """
    proxy = current().trusted_proxy
    for header in proxy.headers:
        value = request.META.get(_meta_key(header), "")
        if proxy.use_leftmost_ip:
            addresses = value.split(",", _MOST_ADDRESSES)[:_MOST_ADDRESSES]
        else:
            addresses = value.rsplit(",", _MOST_ADDRESSES)[: -_MOST_ADDRESSES - 1 : -1]
        for candidate in addresses:
            address = candidate.strip()
            if len(address) <= _LONGEST_ADDRESS and (ip := _expanded(address)):
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
