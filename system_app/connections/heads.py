"""What is refused about the head of a request before anything of ours sees it, in the words of Go's net/http.

Reference: net/http/server.go (readRequest, serve) and golang.org/x/net/http/httpguts, as PocketBase 0.39.11
has them; contract/system.md 17.
"""

import re
from collections.abc import Iterable, Sequence

# Of the request line and the headers, with the blank line: http.DefaultMaxHeaderBytes and what Go adds.
MOST_HEAD_BYTES = 1024 * 1024 + 4096
# Go has no such limit. Each line costs the event loop some microseconds, and 1 MiB has room for 200,000.
MOST_HEADER_LINES = 1000

_HOST = re.compile(rb"[0-9A-Za-z!$%&'()*+,\-.:;=\[\]_~]*\Z")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


def _refusal(status: str, text: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    return (head + (text or status)).encode("ascii")


BAD_REQUEST = _refusal("400 Bad Request")
_NO_HOST = _refusal("400 Bad Request: missing required Host header")
_MALFORMED_HOST = _refusal("400 Bad Request: malformed Host header")
TOO_LARGE = _refusal("431 Request Header Fields Too Large")
_NO_SUCH_VERSION = _refusal("505 HTTP Version Not Supported: unsupported protocol version")
_NO_SUCH_CODING = _refusal("501 Not Implemented", "Unsupported transfer encoding")
_NO_SUCH_EXPECTATION = b"HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class HeadRefused(Exception):
    """A request that is not passed on; `answer` is what its client gets, before the connection ends."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(answer.split(b"\r\n", 1)[0].decode("ascii"))
        self.answer = answer


def check_version(version: str) -> None:
    """`version` is such as `1.1`. Raises HeadRefused."""
    if not version.startswith("1."):
        raise HeadRefused(_NO_SUCH_VERSION)


def check_escapes(target: bytes) -> None:
    """Raises HeadRefused for an escape in the path of a target that is none, such as `%zz`."""
    if _BAD_ESCAPE.search(target.partition(b"?")[0]):
        raise HeadRefused(BAD_REQUEST)


def check_headers(version: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """The headers of a request, names in lower case. Raises HeadRefused."""
    count = len(headers)
    if count > MOST_HEADER_LINES:
        raise HeadRefused(TOO_LARGE)
    last = dict(headers)
    host = last.get(b"host")
    if host is None:
        if version != "1.0":
            raise HeadRefused(_NO_HOST)
    elif not _HOST.match(host):
        raise HeadRefused(_MALFORMED_HOST)
    if len(last) != count and sum(name == b"host" for name, _ in headers) > 1:
        raise HeadRefused(BAD_REQUEST)
    if b"transfer-encoding" in last and last[b"transfer-encoding"].lower() != b"chunked":
        raise HeadRefused(_NO_SUCH_CODING)
    if last.get(b"expect", b"").lower() not in {b"", b"100-continue"}:
        raise HeadRefused(_NO_SUCH_EXPECTATION)


def without_blanks(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers without the blanks behind their values, which the parser leaves there."""
    return [(name, value.rstrip(b" \t")) for name, value in headers]


def declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """In bytes; 0 for a body in chunks, too. The parser lets one number through, at most."""
    return next((int(value) for name, value in headers if name == b"content-length"), 0)


def has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request with these headers, names in lower case, has one."""
    return declared_length(headers) > 0 or any(name == b"transfer-encoding" for name, _ in headers)


def with_ascii_target(head: bytes) -> bytes:
    """The beginning of a head with the bytes beyond ASCII in its first line as escapes, which mean the same.

    The parser takes no others; Go does.

    >>> with_ascii_target(b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: \xff\r\n")
    b'GET /caf%C3%A9 HTTP/1.1\r\nHost: \xff\r\n'
    """
    line, end, rest = head.partition(b"\n")
    return _NOT_ASCII.sub(lambda found: b"%%%02X" % ord(found[0]), line) + end + rest
