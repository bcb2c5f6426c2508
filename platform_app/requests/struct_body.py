"""Bodies with a fixed set of members, such as identity and password, read as Go reads a struct.

Stricter than the free maps of `views.body`: a member of the wrong JSON type refuses the whole body.
Reference: contract/system.md 2; tools/router/event.go (BindBody), PocketBase v0.39.11.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from io import BytesIO
from typing import Any, TypeVar, get_origin, get_type_hints

from django.http import HttpRequest

from platform_app.requests.body import JSON_PAYLOAD, has_body
from platform_app.wire.casting import parse_bool
from platform_app.wire.errors import BadRequest
from platform_app.wire.form_values import form_boundary, grouped, media_type, read_pairs
from platform_app.wire.json_decoding import decode_json
from platform_app.wire.json_encoding import go_json
from platform_app.wire.multipart import read_multipart
from platform_app.wire.spelling import camel_case
from platform_app.wire.struct_decoding import (
    INT64,
    Members,
    read_bool,
    read_int64,
    read_items,
    read_object,
    read_text,
)
from platform_app.wire.xml_members import read_members

LOADING_FAILED = "An error occurred while loading the submitted data."
UNSUPPORTED_TYPE = "Unsupported Content-Type."

Member = type[str] | type[int] | type[bool] | type[dict[str, Any]] | type[list[str]]

# The longest integer of 64 bits has 128, in binary and with underscores; beyond are leading zeros at best.
_MAX_INTEGER_CHARACTERS = 1000
# Single underscores may stand between digits, and between the prefix and the first digit.
_BASED_INTEGER = re.compile(
    r"[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)"
)
_DECIMAL_INTEGER = re.compile(r"[+-]?[0-9]+")


class UnsupportedType(BadRequest):
    """The Content-Type is none of JSON, form, multipart and XML."""

    def __init__(self) -> None:
        super().__init__(UNSUPPORTED_TYPE)


Struct = TypeVar("Struct")


def bind(request: HttpRequest, struct: type[Struct]) -> Struct:
    """The body as `struct`, a dataclass of str, int, bool and dict members, and lists of str.

    Outside they are spelled in camel case, or as their metadata says: `{"spelling": "userID"}`, in XML
    `{"element": "UserID"}`. One with `{"in_json": False}` only comes in forms. What was not sent, or sent as
    null, has its type's zero value.
    Raises BadRequest for an unreadable body, a member of the wrong type or an unsupported type.
    """
    members = _members_of(struct)  # type: ignore[arg-type]  # classes are hashable
    bound: dict[str, Any] = {name: member() for name, member in members.types.items()}
    read_struct(
        request,
        take_json=lambda value: _bind_json(value, members, bound),
        take_form=lambda form: _bind_form(form, members.types, bound),
        take_xml=lambda body: _bind_xml(body, members, bound),
    )
    return struct(**{members.fields[key]: value for key, value in bound.items()})


@dataclass(frozen=True)
class _Members:
    """The types of a dataclass's fields by their outside spelling, and their names and XML elements by it."""

    types: Mapping[str, Member]
    fields: Mapping[str, str]
    elements: Mapping[str, str]
    found: Members[tuple[str, Member]]


@cache
def _members_of(struct: type[Any]) -> _Members:
    types = get_type_hints(struct)
    by_key = {field.metadata.get("spelling") or camel_case(field.name): field for field in fields(struct)}
    names = {key: field.name for key, field in by_key.items()}
    members: dict[str, Member] = {key: get_origin(types[name]) or types[name] for key, name in names.items()}
    in_json = {
        key: (key, member) for key, member in members.items() if by_key[key].metadata.get("in_json", True)
    }
    elements = {
        key: field.metadata.get("element") or key[0].upper() + key[1:] for key, field in by_key.items()
    }
    return _Members(members, names, elements, Members(in_json))


def read_struct(
    request: HttpRequest,
    *,
    take_json: Callable[[Any], None],
    take_form: Callable[["Form"], None],
    take_xml: Callable[[bytes], None],
) -> None:
    """Hand the body, read as its type says, to one of the takers; nothing is called for no body.

    A taker raises ValueError for what it does not take. After a form, `take_json` is called for every JSON
    text in it. Raises BadRequest for an unreadable body or an unsupported type.
    """
    content_type = request.META.get("CONTENT_TYPE") or ""
    if not has_body(request):
        return
    try:
        if content_type.startswith("application/json"):
            take_json(_json(request.body))
        elif content_type.startswith("multipart/form-data"):
            _take_form(_multipart(request, content_type), take_form, take_json)
        elif content_type.startswith("application/x-www-form-urlencoded"):
            _take_form(_urlencoded(request, content_type), take_form, take_json)
        elif content_type.startswith(("text/xml", "application/xml")):
            take_xml(request.body)
        else:
            raise UnsupportedType
    except ValueError as error:
        raise BadRequest(LOADING_FAILED) from error


def _take_form(form: "Form", take_form: Callable[["Form"], None], take_json: Callable[[Any], None]) -> None:
    take_form(form)
    for payload in form.get(JSON_PAYLOAD, ()):
        take_json(_json(payload.encode("utf-8", errors="replace"), whole=True))


# --- JSON -------------------------------------------------------------------------------------------


def _json(text: bytes, *, whole: bool = False) -> Any:
    # Members that no struct has may be anything.
    return decode_json(text, whole=whole, keeps_integers=True, keeps_infinity=True)


def _bind_json(value: Any, members: _Members, bound: dict[str, Any]) -> None:
    if value is None:
        return
    for (name, member), item in members.found.of(read_object(value, "struct")):
        if item is not None:
            bound[name] = typed(item, member)


def typed(item: Any, member: Member) -> Any:
    """A JSON value as a member of this type. Raises ValueError."""
    return _JSON_READERS[member](item)


def _read_free_object(item: Any) -> dict[str, Any]:
    """An object with whatever members: as in all that has no type, every number is a double."""
    value: dict[str, Any] = decode_json(go_json(read_object(item, "map[string]interface {}")).encode())
    return value


def _read_texts(item: Any) -> list[str]:
    return read_items(item, "[]string", lambda text, raw: text if raw is None else read_text(raw), blank=str)


_JSON_READERS: Mapping[Member, Callable[[Any], Any]] = {
    str: read_text,
    int: read_int64,
    bool: read_bool,
    dict: _read_free_object,
    list: _read_texts,
}


# --- forms ------------------------------------------------------------------------------------------

Form = Mapping[str, Sequence[str]]


def _query(request: HttpRequest) -> list[tuple[str, str]]:
    return read_pairs(request.META.get("QUERY_STRING") or "", strict=True)


def _urlencoded(request: HttpRequest, content_type: str) -> Form:
    parsed = media_type(content_type)
    if parsed is None:
        raise ValueError("a malformed content type")
    # `...-urlencodedx` is let in by its beginning, but then nobody knows how to read it.
    is_form = parsed[0] == "application/x-www-form-urlencoded"
    body = read_pairs(request.body.decode("utf-8", "replace"), strict=True) if is_form else []
    # Of a key in the body and in the URL, Go takes the body's here and the URL's in a multipart form.
    return grouped(body, _query(request))


def _multipart(request: HttpRequest, content_type: str) -> Form:
    boundary = form_boundary(content_type)
    if boundary is None:
        raise ValueError("no boundary")
    # Reading `request.body` keeps the body, so that `parse_body` can read the same form again.
    form = read_multipart(BytesIO(request.body), boundary)
    values = grouped(_query(request))
    for name, texts in form.values.items():
        values.setdefault(name, []).extend(texts)
    return values


def _bind_form(form: Form, members: Mapping[str, Member], bound: dict[str, Any]) -> None:
    for name, member in members.items():
        if values := form.get(name):
            bound[name] = list(values) if member is list else from_text(values[0], member)


def from_text(text: str, member: Member) -> Any:
    """What a form text stands for in a member of this type. Raises ValueError."""
    readers: dict[Member, Callable[[str], Any]] = {str: str, int: _integer, bool: _boolean}
    reader = readers.get(member)
    if reader is None:
        raise ValueError("objects cannot be sent in a form")
    return reader(text)


def _integer(text: str) -> int:
    """An integer as Go's ParseInt reads it with base 0: `12`, `0x1f`, `1_000`, `017`."""
    if not text:
        return 0
    if len(text) > _MAX_INTEGER_CHARACTERS or not _BASED_INTEGER.fullmatch(text):
        raise ValueError("not an integer")
    digits = text.lstrip("+-")
    is_old_octal = len(digits) > 1 and digits[0] == "0" and (digits[1].isdigit() or digits[1] == "_")
    number = int(text.replace("_", ""), 8 if is_old_octal else 0)
    if number not in INT64:
        raise ValueError("out of range")
    return number


def _decimal(text: str) -> int:
    """As `_integer`, of decimal digits alone."""
    if text and not _DECIMAL_INTEGER.fullmatch(text):
        raise ValueError("not a decimal integer")
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text.removeprefix("+"))
    return _integer(sign + (digits.lstrip("0") or "0") if text else "")


def _boolean(text: str) -> bool:
    return bool(text) and parse_bool(text)


# --- XML --------------------------------------------------------------------------------------------


def _bind_xml(body: bytes, members: _Members, bound: dict[str, Any]) -> None:
    """Members are the root's children, spelled as Go spells struct fields: `identity` is `<Identity>`."""
    texts = read_members(body)
    for name, member in members.types.items():
        for child, text in texts:
            if child != members.elements[name]:
                continue
            if member is list:
                bound[name].append(text)
            elif member is int:
                bound[name] = _decimal(text.strip())
            else:
                bound[name] = from_text(text if member is str else text.strip(), member)
