"""One case of the fuzzer: the bytes of one request, made from the seed and its number alone.

So a case can be made again: `python -m tests.attacks.fuzz --seed N --case NUMBER`.
"""

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.attacks.fuzzing.bodies import Body, body, json_text, value
from tests.attacks.fuzzing.queries import COLLECTIONS, query
from tests.attacks.fuzzing.texts import mutated, size, text
from tests.attacks.world import PASSWORD, pub_id

_ACTIONS = (
    "auth-with-password", "auth-refresh", "auth-methods", "impersonate/x", "request-otp", "auth-with-otp",
    "request-password-reset", "confirm-verification", "auth-with-oauth2", "request-email-change",
)  # fmt: skip
_PATHS = (
    "/", "/_/", "/_", "/_/login/", "/_/static/admin/css/base.css", "/_/static/../../manage.py", "/_/jsi18n/",
    "/_/logout/", "/_/password_change/", "/_/login/?next=//evil.example", "/api", "/api/", "/api/health",
    "/api/health/", "/api/nope", "/api/batch", "/api/settings", "/api/sql", "/api/logs", "/api/collections",
    "/api/collections/pub", "/api/realtime", "/api/collections/meta/oauth2-providers",
    "/api/collections/meta/scaffolds", "/api/collections/import", "/favicon.ico", "/api/files/pub/x/y",
    "/api/backups", "/api//collections/./pub/../pub/records", "/api/oauth2-redirect", "*", "",
    "http://localhost/api/health", "/api/collections/pub/records/", "/api/collections//records",
    "/robots.txt",
)  # fmt: skip
_METHODS = (
    "GET",
    "POST",
    "PATCH",
    "DELETE",
    "PUT",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "QUERY",
    "get",
    "G" * 300,
    "",
)


@dataclass(frozen=True)
class Case:
    """`pieces` are sent one after the other. A request that was cut off on purpose need not be answered."""

    number: int
    kind: str
    pieces: tuple[bytes, ...]
    is_whole: bool = True

    def shown(self, most: int = 400) -> str:
        """The request for people, its middle left out when it is long."""
        whole = b"".join(self.pieces)
        text = repr(whole)[2:-1]
        size_note = f" ({len(whole)} bytes)"
        return (
            text + size_note
            if len(text) <= most
            else f"{text[: most // 2]} ... {text[-most // 2 :]}{size_note}"
        )


def case(seed: int, number: int, kinds: tuple[str, ...]) -> Case:
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - to be repeated, not to be secret
    kind = chance.choice(kinds)
    whole = KINDS[kind](chance)
    if chance.random() < 0.03:
        return Case(number, f"{kind} (cut)", (whole[: chance.randint(0, len(whole))],), is_whole=False)
    is_whole = kind != "head"  # whose lines may announce a body that does not come
    if chance.random() < 0.05:
        return Case(number, kind, _in_pieces(chance, whole), is_whole)
    return Case(number, kind, (whole,), is_whole)


def _in_pieces(chance: random.Random, whole: bytes) -> tuple[bytes, ...]:
    at = sorted(chance.randint(0, len(whole)) for _ in range(chance.randint(1, 6)))
    return tuple(whole[start:end] for start, end in zip((0, *at), (*at, len(whole)), strict=True))


def request(
    method: str, target: bytes, lines: list[bytes] | None = None, sent: Body | None = None, *, chunks: int = 0
) -> bytes:
    """The bytes of a request, the last on its connection; its body in `chunks`, or with its length."""
    head = [
        f"{method} ".encode() + target + b" HTTP/1.1",
        b"Host: localhost",
        b"Connection: close",
        *(lines or []),
    ]
    if sent is None:
        return b"\r\n".join((*head, b"", b""))
    kind, content = sent
    if kind:
        head.append(b"Content-Type: " + kind)
    if not chunks:
        head.append(b"Content-Length: %d" % len(content))
        return b"\r\n".join((*head, b"", content))
    head.append(b"Transfer-Encoding: chunked")
    step = max(1, len(content) // chunks)
    framed = b"".join(
        b"%x\r\n%s\r\n" % (len(content[at : at + step]), content[at : at + step])
        for at in range(0, len(content), step)
    )
    return b"\r\n".join((*head, b"", framed + b"0\r\n\r\n"))


def _collection(chance: random.Random) -> str:
    return chance.choice(COLLECTIONS)


def _records(name: str) -> bytes:
    return f"/api/collections/{name}/records".encode()


def _record(chance: random.Random, name: str) -> bytes:
    prefix = {
        "pub": pub_id(3),
        "posts": "post00000000003",
        "every": "row000000000003",
        "ruled": "row000000000003",
    }
    found = prefix.get(name, "nope") if chance.random() < 0.9 else text(chance, 300)
    return _records(name) + b"/" + _segment(chance, found)


def _segment(chance: random.Random, value: str) -> bytes:
    """A path's segment: no blanks, and every other odd byte only now and then as it is."""
    raw = value.encode("utf-8", "surrogatepass")[:20_000]
    encoded = b"".join(
        b"%c" % byte if byte > 32 and (chr(byte).isalnum() or chance.random() < 0.3) else b"%%%02x" % byte
        for byte in raw
    )
    return encoded or b"x"


def _token(chance: random.Random) -> bytes:
    def part(found: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(found).encode()).rstrip(b"=")

    payload = {
        "id": chance.choice((value(chance), pub_id(1))),
        "type": chance.choice(("auth", value(chance))),
        "collectionId": chance.choice(("pbc_3142635823", value(chance))),
        "exp": chance.choice((9999999999, value(chance), float("nan"), float("inf"), 10**400)),
        "refreshable": True,
    }
    head = {"alg": chance.choice(("HS256", "none", "RS256", value(chance))), "typ": "JWT"}
    whole = (
        part(head) + b"." + part(payload) + b"." + base64.urlsafe_b64encode(chance.randbytes(32)).rstrip(b"=")
    )
    if chance.random() < 0.3:
        whole = mutated(chance, whole).replace(b"\r\n", b"").replace(b"\0", b"")
    return (b"Bearer " if chance.random() < 0.3 else b"") + whole[:60_000]


def _listing(chance: random.Random) -> bytes:
    name = _collection(chance)
    lines = [b"Authorization: " + _token(chance)] if chance.random() < 0.1 else []
    return request(
        chance.choice(("GET", "GET", "GET", "HEAD")), _records(name) + b"?" + query(chance, name), lines
    )


def _viewing(chance: random.Random) -> bytes:
    name = _collection(chance)
    return request("GET", _record(chance, name) + b"?" + query(chance, name))


def _writing(chance: random.Random) -> bytes:
    name = _collection(chance)
    suffix = b"?" + query(chance, name) if chance.random() < 0.3 else b""
    chunks = chance.choice((0, 0, 0, 0, 1, 3, 500))
    if chance.random() < 0.6:
        return request("POST", _records(name) + suffix, sent=body(chance), chunks=chunks)
    method = chance.choice(("PATCH", "PATCH", "PATCH", "DELETE", "PUT", "GET"))
    # What other cases ask for stays: only what is not there is deleted.
    target = _records(name) + b"/nope" if method == "DELETE" else _record(chance, name)
    return request(method, target + suffix, sent=body(chance), chunks=chunks)


def _values(chance: random.Random) -> bytes:
    """A field with a value that is hard on it, in a body that is well-formed."""
    name = chance.choice(("every", "ruled", "pub"))
    content = json.dumps({chance.choice(_HARD): value(chance) for _ in range(chance.randint(1, 4))})
    sent = (b"application/json", content.encode("utf-8", "surrogatepass"))
    target = _records(name) if chance.random() < 0.6 else _record(chance, name)
    return request("POST" if target.endswith(b"records") else "PATCH", target, sent=sent)


_HARD = (
    "slug", "evil", "nested", "link", "url", "email", "date", "number", "whole", "json", "data", "point",
    "editor", "body", "select", "selects", "rel", "rels", "kids", "kids+", "kids-", "+rels", "number+",
    "number-", "selects-", "secret", "bool", "id", "file", "files", "files-", "files+", "json.a",
)  # fmt: skip


def _signing_in(chance: random.Random) -> bytes:
    name = chance.choice(("members", "records_users", "_superusers", "pub", text(chance, 60)))
    target = b"/api/collections/" + _segment(chance, name) + b"/" + chance.choice(_ACTIONS).encode()
    lines = [b"Authorization: " + _token(chance)] if chance.random() < 0.5 else []
    if chance.random() < 0.3:
        return request(chance.choice(("GET", "POST")), target, lines)
    if chance.random() < 0.7:
        said = {"identity": "person1@example.com", "password": PASSWORD, "identityField": "email"}
        said[chance.choice(tuple(said))] = value(chance)
        return request("POST", target, lines, (b"application/json", json.dumps(said).encode()))
    return request("POST", target, lines, body(chance))


def _batch(chance: random.Random) -> bytes:
    if chance.random() < 0.2:
        return request("POST", b"/api/batch", sent=body(chance))
    items = []
    for _ in range(chance.choice((0, 1, 2, 5, 50, 51))):
        name = _collection(chance)
        url = (_records(name) + b"?" + query(chance, name)[: chance.choice((0, 50, 1000))]).decode(
            "utf-8", "replace"
        )
        item = {
            "method": chance.choice(("POST", "POST", "PATCH", "DELETE", "PUT", value(chance, 5))),
            "url": url,
        }
        if item["method"] != "POST":
            item["url"] = chance.choice((url + "/nope", text(chance, 100), value(chance, 4)))
        if chance.random() < 0.8:
            item["body"] = value(chance, 3) if chance.random() < 0.2 else json.loads(_object(chance))
        if chance.random() < 0.1:
            item["headers"] = chance.choice(({"Authorization": text(chance, 50)}, value(chance, 4)))
        items.append(item)
    return request(
        "POST", b"/api/batch", sent=(b"application/json", json.dumps({"requests": items}).encode())
    )


def _object(chance: random.Random) -> bytes:
    """A JSON object that can be read."""
    while True:
        try:
            found = json.loads(json_text(chance))
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return json.dumps(found).encode()


def _head(chance: random.Random) -> bytes:
    """What is odd stands before the body: method, target, version, header lines."""
    method = chance.choice(_METHODS)
    target = chance.choice(_PATHS).encode()
    if chance.random() < 0.5:
        target += chance.choice((b"?", b"/", b"#", b"")) + _segment(chance, text(chance, 20_000))
    if chance.random() < 0.2:
        target = mutated(chance, target)
    lines = [_line(chance) for _ in range(chance.choice((0, 1, 1, 2, 5, size(chance, 3000))))]
    whole = request(method, target, lines, body(chance) if chance.random() < 0.2 else None)
    if chance.random() < 0.1:
        whole = whole.replace(
            b"HTTP/1.1", chance.choice((b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"http/1.1", b"", b"\0")), 1
        )
    return mutated(chance, whole) if chance.random() < 0.1 else whole


_HEADERS = (
    b"Authorization", b"Cookie", b"X-Forwarded-For", b"Host", b"Origin", b"Accept-Language", b"Range",
    b"Content-Length", b"Transfer-Encoding", b"Expect", b"Upgrade", b"Connection", b"Content-Type",
    b"Referer", b"Accept-Encoding", b"Access-Control-Request-Method", b"If-None-Match",
    b"X-HTTP-Method-Override",
)  # fmt: skip
_HEADER_VALUES = (
    b"1", b"", b"chunked", b"100-continue", b"websocket", b"*", b"http://evil.example", b"-1", b"\xff\xfe",
    b"bytes=0-", b"127.0.0.1, " * 300,
)  # fmt: skip


def _line(chance: random.Random) -> bytes:
    name = chance.choice((*_HEADERS, b"X-" + b"a" * size(chance, 3000)))
    if name == b"Authorization":
        return b"Authorization: " + _token(chance)
    odd = text(chance, 30_000).encode("utf-8", "surrogatepass").replace(b"\n", b"").replace(b"\r", b"")
    value = chance.choice((*_HEADER_VALUES, odd))
    return name + b": " + value


def _dashboard(chance: random.Random) -> bytes:
    target = chance.choice([path for path in _PATHS if path.startswith("/_")]).encode()
    if chance.random() < 0.5:
        target += b"?" + query(chance, "pub")[:20_000]
    cookie = (
        b"Cookie: csrftoken="
        + b"a" * 32
        + b"; sessionid="
        + text(chance, 3000).encode("utf-8", "replace").replace(b"\n", b"")
    )
    lines = [cookie.replace(b"\r", b"").replace(b"\0", b"")] if chance.random() < 0.6 else []
    if chance.random() < 0.5:
        return request("GET", target, lines)
    form = (
        b"application/x-www-form-urlencoded",
        b"csrfmiddlewaretoken=" + b"a" * 32 + b"&username=a&password=" + b"b" * size(chance, 5000),
    )
    return request("POST", target, lines, form if chance.random() < 0.5 else body(chance))


KINDS: dict[str, Callable[[random.Random], bytes]] = {
    "list": _listing,
    "view": _viewing,
    "write": _writing,
    "value": _values,
    "sign-in": _signing_in,
    "batch": _batch,
    "head": _head,
    "dashboard": _dashboard,
}
