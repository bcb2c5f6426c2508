"""Who is calling: the peer's address, or what a trusted proxy says of it (contract/system.md 12)."""

from collections.abc import Iterable
from functools import lru_cache

from django.http import HttpRequest

from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import TrustedProxySettings
from platform_app.wire.addresses import is_in, parse_address, parse_subnet
from platform_app.wire.blanks import BLANKS

# The reference looks for X-Forwarded-For too, but under a misspelt name, and so never finds it.
_WELL_KNOWN_PROXY_HEADERS = ("CF-Connecting-IP", "Fly-Client-IP")
_MOST_ADDRESSES = 100
_LONGEST_ADDRESS = 100


def remote_ip(request: HttpRequest) -> str:
    """The TCP peer's address, IPv6 in its long form; "" when the server does not know it."""
    return _expanded(request.META.get("REMOTE_ADDR") or "")


def real_ip(request: HttpRequest, proxy: TrustedProxySettings | None = None) -> str:
    """The first valid address that a trusted proxy header names, else the peer's.

    Of a header's lines the last one counts, as the proxy's own, and in it the last address, or the first
    with `trustedProxy.useLeftmostIP`. From there a hundred are looked at: a client may have sent any number.
    `proxy` is what to go by in place of the settings.
    """
    if proxy is None:
        proxy = current().trusted_proxy
    for header in proxy.headers:
        value = (_lines(request, header) or [""])[-1]
        if proxy.use_leftmost_ip:
            addresses = value.split(",", _MOST_ADDRESSES)[:_MOST_ADDRESSES]
        else:
            addresses = value.rsplit(",", _MOST_ADDRESSES)[: -_MOST_ADDRESSES - 1 : -1]
        for candidate in addresses:
            address = candidate.strip(BLANKS)
            if len(address) <= _LONGEST_ADDRESS and (ip := _expanded(address)):
                return ip
    return remote_ip(request)


def possible_proxy_header(request: HttpRequest) -> str:
    """The first header on this request that looks as if a proxy had set it, or ""."""
    for header in (*current().trusted_proxy.headers, *_WELL_KNOWN_PROXY_HEADERS):
        if (_lines(request, header) or [""])[0]:
            return header
    return ""


def proxy_headers_seen(request: HttpRequest, names: Iterable[str]) -> dict[str, str]:
    """Those of the headers that are on this request, with the line that would count."""
    return {name: lines[-1] for name in names if (lines := _lines(request, name))}


def is_listed(ip: str, entries: tuple[str, ...]) -> bool:
    """Whether `ip` is one of the addresses, or lies in one of the subnets, of `entries`."""
    address = parse_address(ip)
    if address is None:
        return False
    for entry in entries:
        subnet = parse_subnet(entry)
        if is_in(address, subnet) if subnet is not None else parse_address(entry) == address:
            return True
    return False


def _lines(request: HttpRequest, header: str) -> list[str]:
    """The values of the request's lines of this name, in their order.

    Not from Django's META, which joins them, so that a client's would count with the proxy's, and leaves out
    names with an underscore. Under WSGI there is nothing else. Go takes `Host` for no header.
    """
    name = header.lower()
    if name == "host":
        return []
    scope = getattr(request, "scope", None)
    if scope is None:
        value = request.META.get("HTTP_" + name.upper().replace("-", "_"))
        return [] if value is None else [value]
    wanted = name.encode(errors="replace")
    return [value.decode(errors="replace") for key, value in scope.get("headers", ()) if key == wanted]


@lru_cache(maxsize=1000)
def _expanded(text: str) -> str:
    address = parse_address(text)
    return "" if address is None else str(address)
