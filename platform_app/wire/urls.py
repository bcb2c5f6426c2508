"""Which texts are URLs, and the host of one.

The accepted set is that of IsURL of govalidator (2023-03-01, MIT), quirks included: a pattern for the whole,
and Go's URL parser must not refuse it. The pattern is matched in linear time, as in Go: Python's `re` would
try the many ways in which its parts can share a text.
Reference: contract/fields.md 19.6; net/url of Go 1.25.
"""

import re
from functools import cache
from ipaddress import IPv6Address

from platform_app.wire.patterns.patterns import Pattern, compile_pattern

_MOST_CHARACTERS = 2083
_FEWEST_BYTES = 3

_BLANK = re.compile(r"[\t\n\f\r ]")
_SCHEME = re.compile(r"^(?:ftp|tcp|udp|wss?|https?)://")
_END_OF_HOST = re.compile(r"[/?#]")

_IP4 = (
    r"(?:[1-9][0-9]?|1[0-9][0-9]|2[01][0-9]|22[0-3]|24[0-9]|25[0-5])"
    r"(?:\.(?:[0-9]{1,2}|1[0-9][0-9]|2[0-4][0-9]|25[0-5])){2}"
    r"\.(?:[0-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
)
_HEX4 = r"[0-9a-fA-F]{1,4}"
_BYTE = r"(?:25[0-5]|(?:2[0-4]|1?[0-9])?[0-9])"
_IP6 = (
    rf"(?:(?:{_HEX4}:){{7}}{_HEX4}|(?:{_HEX4}:){{1,7}}:|(?:{_HEX4}:){{1,6}}:{_HEX4}"
    rf"|(?:{_HEX4}:){{1,5}}(?::{_HEX4}){{1,2}}|(?:{_HEX4}:){{1,4}}(?::{_HEX4}){{1,3}}"
    rf"|(?:{_HEX4}:){{1,3}}(?::{_HEX4}){{1,4}}|(?:{_HEX4}:){{1,2}}(?::{_HEX4}){{1,5}}"
    rf"|{_HEX4}:(?::{_HEX4}){{1,6}}|:(?:(?::{_HEX4}){{1,7}}|:)"
    r"|fe80:(?::[0-9a-fA-F]{0,4}){0,4}%[0-9a-zA-Z]+"
    rf"|::(?:ffff(?::0{{1,4}})?:)?(?:{_BYTE}\.){{3}}{_BYTE}"
    rf"|(?:{_HEX4}:){{1,4}}:(?:{_BYTE}\.){{3}}{_BYTE})"
)

# A label of letters and digits, also wide ones, with single or double hyphens inside ...
_WIDE = "a-zA-Z\u00a1-\uffff"
_LABEL_REST = rf"[{_WIDE}0-9]+(?:--?[{_WIDE}0-9]+)*"
# ... after one of the things that the original pattern lets stand before it without a dot.
_A = "[a-zA-Z0-9]"
_BEFORE_LAST_DOT = "|".join(
    (
        rf"(?:www\.)?{_LABEL_REST}",
        rf"{_A}[a-zA-Z0-9_\-]*{_A}{_LABEL_REST}",
        rf"{_A}[a-zA-Z0-9_\-]*{_A}(?:\.{_A}+(?:-{_A}+)*)*\.{_A}(?:-{_A})*{_LABEL_REST}",
        rf"(?:{_A}+(?:[\-_]{_A}+)*\.)*(?:{_A}+[\-_])*{_A}{{2,}}\.{_A}{_LABEL_REST}",
    )
)


@cache
def _host() -> Pattern:
    """The pattern of a host with its port; large, so it is compiled when the first URL is judged."""
    host = rf"{_IP4}|\[{_IP6}\]|(?:{_BEFORE_LAST_DOT})(?:\.[{_WIDE}]+)?"
    return compile_pattern(rf"^(?:{host})\.?(?::[0-9]{{1,5}})?$")


def is_url(text: str) -> bool:
    """Whether `text` is a URL, with one of the known schemes or none."""
    if len(text) >= _MOST_CHARACTERS or len(text.encode()) <= _FEWEST_BYTES or text.startswith("."):
        return False
    lacks_scheme = ":" in text and "://" not in text
    parsed = _parse("http://" + text if lacks_scheme else text)
    if parsed is None:
        return False
    host, path = parsed
    if host.startswith(".") or (not host and path and "." not in path):
        return False
    return _fits_pattern(text)


def host_of(text: str) -> str:
    """The host of a URL with its port; empty without a scheme."""
    parsed = _parse(text)
    return parsed[0] if parsed else ""


def _fits_pattern(text: str) -> bool:
    if _BLANK.search(text):
        return False
    # Whatever stands before an @ may be user info; a host holds none, so it ends before the next one.
    first, *others = text.split("@")
    pieces = [first, _SCHEME.sub("", first, count=1), *(others if first else others[1:])]
    *inner, last = [_END_OF_HOST.split(piece, maxsplit=1) for piece in pieces]
    hosts = {host for host, *rest in inner if rest or not others}
    return any(map(_host().matches, {*hosts, last[0]}))


# --- what Go's parser sees ------------------------------------------------------------------------------

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PARSED_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+\-.]*(?=:)")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_USER_INFO = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_BAD_IN_HOST = re.compile(r"[\x00-\x20\\^`{|}%/?#@\x7f]")


def _parse(text: str) -> tuple[str, str] | None:
    """Host and path, or None where Go refuses to parse."""
    text, _, fragment = text.partition("#")
    if _CONTROL.search(text) or _CONTROL.search(fragment) or _BROKEN_ESCAPE.search(fragment):
        return None
    if text.startswith(":"):
        return None
    scheme = _PARSED_SCHEME.match(text)
    rest = text[scheme.end() + 1 :] if scheme else text
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        if scheme:
            return "", ""
        if ":" in rest.partition("/")[0]:
            return None
    authority = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
    host = _host_of_authority(authority)
    if host is None or _BROKEN_ESCAPE.search(rest):
        return None
    return host, rest


def _host_of_authority(authority: str) -> str | None:
    user_info, at, host = authority.rpartition("@")
    if at and (not _USER_INFO.fullmatch(user_info) or _BROKEN_ESCAPE.search(user_info)):
        return None
    bracket = host.rfind("[")
    if bracket > 0:
        return None
    if bracket == 0:
        address, closing, port = host[1:].rpartition("]")
        if not closing or not re.fullmatch(r"(?::[0-9]*)?", port):
            return None
        # A zone, such as in fe80::1%25eth0, is the one place where a host may hold an escape.
        return host if _is_ip6(address.partition("%25")[0]) else None
    colon = host.rfind(":")
    if colon >= 0 and not re.fullmatch(r":[0-9]*", host[colon:]):
        return None
    return None if _BAD_IN_HOST.search(host) else host


def _is_ip6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text
