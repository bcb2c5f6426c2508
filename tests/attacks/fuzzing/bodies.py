"""Bodies: JSON, forms, multipart, XML and junk, with values for fields of every type."""

import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.attacks.fuzzing.texts import NUMBERS, ODD, mutated, repeated, size, text

Body = tuple[bytes, bytes]  # its content type and itself

_FIELDS = (
    "id", "title", "slug", "body", "data", "link", "kids", "text", "post", "name", "evil", "nested", "made",
    "editor", "number", "whole", "bool", "email", "url", "date", "created", "select", "selects", "json",
    "file", "files", "point", "secret", "rel", "rels", "self", "password", "passwordConfirm", "oldPassword",
    "verified", "emailVisibility", "identity", "identityField", "expand", "tokenKey", "@jsonPayload",
    "collectionId",
)  # fmt: skip
_ABOUT = (
    "",
    "",
    "",
    "",
    "",
    "+",
    "-",
    ":",
    ".0",
    "[]",
    "[0]",
)  # modifiers stand behind a name, `+` before it too
MOST_BYTES = 2_000_000


def _scalar(chance: random.Random, most: int) -> Any:
    match chance.randrange(8):
        case 0:
            return chance.choice((None, True, False, 0, 1, -1, 0.5, 10**20, 1e300))
        case 1:
            return chance.choice(NUMBERS)
        case 2:
            return f"post{chance.randint(0, 50):011}"
        case 3:
            return chance.choice(("a", "b", "c"))
        case 4:
            return repeated(chance, most)
        case _:
            return text(chance, min(most, 6000))


def value(chance: random.Random, depth: int = 0) -> Any:
    """Any JSON value, small ones mostly."""
    pick = chance.randrange(12)
    most = 1_000_000 if depth == 0 else 3000
    if depth > 4 or pick < 7:
        return _scalar(chance, most)
    if pick < 9:
        return [value(chance, depth + 1) for _ in range(size(chance, 60))]
    if pick == 9:
        return {"lon": _scalar(chance, most), "lat": _scalar(chance, most)}
    if pick == 10:
        return [f"pub{number:012}" for number in range(size(chance, 1500))]
    return {text(chance, 20): value(chance, depth + 1) for _ in range(size(chance, 30))}


def names(chance: random.Random) -> list[str]:
    count = chance.choice((1, 1, 2, 3, 5, 12))
    made = []
    for _ in range(count):
        name = chance.choice(_FIELDS) if chance.random() < 0.9 else text(chance, 40)
        made.append(("+" if chance.random() < 0.05 else "") + name + chance.choice(_ABOUT))
    return made


def json_text(chance: random.Random) -> bytes:
    """A JSON object with fields of the collections, or text that only nearly is one."""
    written = json.dumps({name: value(chance) for name in names(chance)}, ensure_ascii=chance.random() < 0.7)
    raw = written.encode("utf-8", "surrogatepass")
    match chance.randrange(12):
        case 0:
            return mutated(chance, raw)
        case 1:
            return _raw_member(chance)
        case 2:
            return raw[: chance.randint(0, len(raw))]
        case 3:
            return raw + text(chance, 200_000).encode("utf-8", "surrogatepass")
        case _:
            return raw


def _raw_member(chance: random.Random) -> bytes:
    """An object with a member that `json.dumps` does not write."""
    count = size(chance, MOST_BYTES // 4)
    member: bytes = chance.choice(
        (
            b"[" * count + b"]" * count,
            b'{"a":' * (count // 3) + b"1" + b"}" * (count // 3),
            b"[" * count,
            b"9" * count,
            b"1." + b"0" * count,
            b"1e" + b"9" * min(count, 50_000),
            chance.choice(NUMBERS).encode(),
            b'"' + b"\\ud800" * (count // 6) + b'"',
            b'"' + b"\\u0000" * (count // 6) + b'"',
            b'"' + b"\xff" * count + b'"',
            b'"' + b"a" * count,
            b"[" + b"1," * (count // 2) + b"1]",
            b"[" + b"[]," * (count // 3) + b"1]",
            b"{" + b",".join(b'"%d":1' % number for number in range(count // 10)) + b"}",
            b"'x'",
            b"/* */ 1",
            b" " * count + b"1",
            b'"' + json.dumps("[" * min(count, 20_000))[1:-1].encode() + b'"',
            b'"[\\"\\\\ud800\\"]"',
            b'"[1e400]"',
            b'"1e400"',
            b'"' + b"[" * 260 + b"]" * 260 + b'"',
        )
    )
    return b'{"%s":%s}' % (chance.choice(("data", "json", "title", "x", "kids", "number")).encode(), member)


def _json(chance: random.Random) -> Body:
    kind = b"application/json" if chance.random() < 0.95 else b"application/json; charset=utf-7"
    return kind, json_text(chance)


def _plain(chance: random.Random) -> str:
    found = value(chance)
    return found if isinstance(found, str) else json.dumps(found)


def _form(chance: random.Random) -> Body:
    if chance.random() < 0.15:
        count = size(chance, 100_000)
        body: bytes = chance.choice(
            (b"&" * count, b"a[]=&" * count, b"%41" * count, b"%" * count, b"a=1;" * count, b"title=%zz")
        )
    else:
        body = b"&".join(
            quote(name.encode("utf-8", "surrogatepass")).encode()
            + b"="
            + quote(_plain(chance).encode("utf-8", "surrogatepass")).encode()
            for name in names(chance)
        )
    return b"application/x-www-form-urlencoded", mutated(chance, body) if chance.random() < 0.1 else body


def _part(chance: random.Random) -> bytes:
    name = chance.choice(names(chance)).encode("utf-8", "surrogatepass").replace(b'"', b"%22")
    content = _plain(chance).encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        content = json_text(chance)
    head = b'Content-Disposition: form-data; name="' + name.replace(b"\n", b"") + b'"'
    if chance.random() < 0.4:
        filename = text(chance, 400).encode("utf-8", "surrogatepass")
        head += b'; filename="' + filename.replace(b'"', b"").replace(b"\n", b"") + b'"'
        if chance.random() < 0.5:
            head += b"\r\nContent-Type: " + chance.choice(
                (b"text/plain", b"image/png", b"", b'a/b; c="d', b"\xff")
            )
    match chance.randrange(20):
        case 0:
            head += b"\r\nContent-Transfer-Encoding: " + chance.choice(
                (b"quoted-printable", b"base64", b"8bit", b"x")
            )
        case 1:
            head += b"\r\nX-%d: 1" % size(chance, 10) * size(chance, 3000)
        case 2:
            head = mutated(chance, head)
        case 3:
            head += b"\r\n folded" * size(chance, 3000)
    return head + b"\r\n\r\n" + content


def _multipart(chance: random.Random) -> Body:
    mark = chance.choice((b"mark", b"-", b"x" * 70, b"x" * 300, b"a b", b"'()+_,-./:=?", b""))
    parts = [_part(chance) for _ in range(chance.choice((0, 1, 1, 2, 3, 8, 30, size(chance, 1200))))]
    body = (
        b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)[:MOST_BYTES]
        + b"--"
        + mark
        + b"--\r\n"
    )
    match chance.randrange(10):
        case 0:
            body = mutated(chance, body)
        case 1:
            body = body[: chance.randint(0, len(body))]
        case 2:  # false boundaries
            body = b"--" + mark + b'\r\nContent-Disposition: form-data; name="title"\r\n\r\n'
            body += (b"\r\n--" + mark + b"x") * size(chance, 20_000) + b"\r\n--" + mark + b"--"
    return b"multipart/form-data; boundary=" + (b'"' + mark + b'"' if b" " in mark else mark), body


def _xml(chance: random.Random) -> Body:
    count = size(chance, 30_000)
    body: bytes = chance.choice(
        (
            b"<a>" * count,
            b"<a>" * count + b"</a>" * count,
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
            b"<a " + b" ".join(b'a%d="1"' % number for number in range(count)) + b"/>",
            b"<title>x</title>",
            b"<!--" * count,
        )
    )
    return chance.choice((b"text/xml", b"application/xml")), body


_CONTENT_TYPES = (
    b"", b"text/plain", b"APPLICATION/JSON", b"application/json", b"application/jsonx", b"*/*",
    b"multipart/form-data", b"multipart/form-data; boundary=",
    b"application/x-www-form-urlencoded; charset=\xff",
)  # fmt: skip


def _junk(chance: random.Random) -> Body:
    count = size(chance, 20_000)
    long = (b"a" * count, b";" * count, b'multipart/form-data; boundary="' + b"\\" * count)
    kind = chance.choice((*_CONTENT_TYPES, *long))
    return kind, chance.choice(
        (chance.randbytes(size(chance, 100_000)), chance.choice(ODD).encode("utf-8", "surrogatepass"), b"")
    )


_MAKERS: tuple[Callable[[random.Random], Body], ...] = (
    _json,
    _json,
    _json,
    _form,
    _multipart,
    _multipart,
    _xml,
    _junk,
)


def body(chance: random.Random) -> Body:
    return chance.choice(_MAKERS)(chance)
