"""The form of a record: an input for every field, and what it says when it comes back.

Only what somebody changed is sent to the service, so that two people who change different fields of a record
do not undo each other's work. Beside each input stands a digest of what was in it; what comes back with the
same one was left alone, also by browsers, which write the ends of lines in their own way.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as member
from math import inf, isfinite
from typing import Any

from django.http import HttpRequest

from admin_ui.records.cells import Item, as_list, files, hue_of, related
from admin_ui.records.columns import ICONS
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.file_field import FileField
from collections_app.fields.file_names import PendingFile
from collections_app.fields.relation_field import RelationField
from collections_app.fields.select_field import SelectField
from collections_app.fields.text_field import TextField
from collections_app.views.uploads import pending_upload
from platform_app.wire.datetimes import parse_datetime
from platform_app.wire.errors import FieldError

# By type; all others are a line of text.
_KINDS = {
    "text": "text",
    "editor": "editor",
    "number": "number",
    "bool": "bool",
    "email": "email",
    "url": "url",
    "date": "date",
    "autodate": "autodate",
    "select": "select",
    "file": "file",
    "relation": "relation",
    "json": "json",
    "geoPoint": "geoPoint",
}
_NOT_IN_FORM = frozenset({"password", "tokenKey"})
_DIGEST_CHARACTERS = 16
# What is longer is shown as it is: to read and write it once more would keep other threads waiting.
_MOST_SPREAD_CHARACTERS = 256 * 1024

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Input:
    """One field as the form has it; `texts` are the values of its controls, in order."""

    field: Field
    kind: str
    texts: Texts
    was: str
    note: str = ""
    items: tuple[Item, ...] = ()
    error: str = ""
    is_locked: bool = False

    @property
    def name(self) -> str:
        return f"field.{self.field.name}"

    @property
    def id(self) -> str:
        return f"field-{self.field.name}"

    @property
    def text(self) -> str:
        return self.texts[0] if self.texts else ""

    @property
    def second(self) -> str:
        return self.texts[1] if len(self.texts) > 1 else ""

    @property
    def icon(self) -> str:
        return ICONS.get(self.field.type, "puzzle")

    @property
    def template(self) -> str:
        return f"admin_ui/inputs/{self.kind}.html"

    @property
    def is_required(self) -> bool:
        """Whether somebody has to fill it in: what is left empty may also be made by the server."""
        makes_one = isinstance(self.field, TextField) and self.field.autogenerate_pattern != ""
        return self.field.required and self.field.type != "bool" and not makes_one

    @property
    def described_by(self) -> str:
        """The ids of what a reader is told about the input."""
        parts = [f"{self.id}-error"] if self.error else []
        return " ".join([*parts, *([f"{self.id}-help"] if self.field.help else [])])


@dataclass
class Submitted:
    """What a form changes: `body` and `uploads` as the service takes them; `errors` are about the rest."""

    body: dict[str, Any] = member(default_factory=dict)
    uploads: dict[str, list[PendingFile]] = member(default_factory=dict)
    errors: dict[str, str] = member(default_factory=dict)
    texts: dict[str, Texts] = member(default_factory=dict)


def form_fields(collection: Collection, *, is_new: bool) -> list[Field]:
    """Those that a form has; the id only while the record is new, dates that set themselves only later."""

    def belongs(field: Field) -> bool:
        if field.is_secret or (collection.is_auth and field.name in _NOT_IN_FORM):
            return False
        if field.name == "id":
            return is_new
        return not (is_new and field.type == "autodate")

    return [field for field in collection.fields if belongs(field)]


def inputs_of(
    collection: Collection,
    item: Mapping[str, Any] | None,
    *,
    values: Mapping[str, Any],
    file_token: str = "",
    submitted: Submitted | None = None,
    errors: Mapping[str, str] | None = None,
    is_locked: bool = False,
) -> list[Input]:
    """`item` is the presented record, None for a new one; `values` are what its fields hold."""
    errors = errors or {}
    made = []
    for field in form_fields(collection, is_new=item is None):
        stored = texts_of(field, values.get(field.name))
        said = submitted.texts.get(field.name) if submitted else None
        items: tuple[Item, ...] = ()
        if isinstance(field, RelationField) and item is not None:
            items = related(field, item)
        elif isinstance(field, FileField) and item is not None:
            items = files(collection, field, item, file_token)
        elif isinstance(field, SelectField):
            items = _choices(field, said or stored)
        if isinstance(field, RelationField) and said is not None:
            known = {one.id: one for one in items}
            items = tuple(known.get(id_, Item(id_, id=id_)) for id_ in said)
        made.append(
            Input(
                field=field,
                kind=_KINDS.get(field.type, "text"),
                texts=stored if said is None else said,
                was=digest(stored),
                note=_note(field),
                items=items,
                error=errors.get(field.name, ""),
                is_locked=is_locked or field.type == "autodate",
            )
        )
    return made


def texts_of(field: Field, value: Any) -> Texts:
    """A presented value as the texts of its controls."""
    if value is None:
        return ()
    if field.type == "bool":
        return ("true",) if value else ()
    if field.type == "geoPoint":
        return (str(value["lon"]), str(value["lat"]))
    if field.type == "json":
        return (_spread(str(value)),)
    if isinstance(field, SelectField | RelationField | FileField):
        return tuple(map(str, as_list(value)))
    return (str(value),)


def read_form(request: HttpRequest, collection: Collection, *, is_new: bool) -> Submitted:
    """What somebody changed in the form of a record."""
    submitted = Submitted()
    for field in form_fields(collection, is_new=is_new):
        if field.type == "autodate":
            continue
        name = f"field.{field.name}"
        if isinstance(field, FileField):
            _read_files(request, field, submitted)
            continue
        if f"was.{field.name}" not in request.POST:
            continue  # a form that does not have it says nothing about it
        texts = tuple(text.replace("\r\n", "\n") for text in request.POST.getlist(name) if _says(field, text))
        submitted.texts[field.name] = texts
        if digest(texts) == request.POST[f"was.{field.name}"]:
            continue
        try:
            submitted.body[field.name] = read_value(field, texts)
        except FieldError as error:
            submitted.errors[field.name] = error.message
    if collection.is_auth and request.POST.get("password"):
        submitted.body["password"] = request.POST["password"]
        submitted.body["passwordConfirm"] = request.POST.get("passwordConfirm", "")
    return submitted


def read_value(field: Field, texts: Texts) -> Any:
    """What the controls of a field say, as the API takes it. Raises FieldError."""
    return _READERS.get(field.type, _read_text)(field, texts)


def digest(texts: Sequence[str]) -> str:
    """
    >>> digest(["a\\r\\nb"]) == digest(["a\\nb"]), digest([]) == digest([""]), digest(["a"]) == digest(["b"])
    (True, True, False)
    """
    plain = [text.replace("\r\n", "\n") for text in texts]
    content = json.dumps([] if plain == [""] else plain).encode()
    return hashlib.sha256(content).hexdigest()[:_DIGEST_CHARACTERS]


def _says(field: Field, text: str) -> bool:
    """Whether a control is filled in: an empty choice is none, an empty text is one."""
    return bool(text) or not isinstance(field, SelectField | RelationField)


def _read_text(field: Field, texts: Texts) -> str:
    return texts[0] if texts else ""


def _read_bool(field: Field, texts: Texts) -> bool:
    return "true" in texts


def _read_number(field: Field, texts: Texts) -> str:
    text = _read_text(field, texts).strip()
    _number(text)
    return text or "0"


def _read_several(field: Field, texts: Texts) -> str | list[str]:
    if field.is_multiple:
        return list(texts)
    return texts[-1] if texts else ""


def _read_date(field: Field, texts: Texts) -> str:
    text = _read_text(field, texts).strip()
    if text and not parse_datetime(text):
        raise FieldError(
            "validation_invalid_date", "This is no date. Write it as 2026-11-28 16:24:00, in UTC."
        )
    return text


def _read_json(field: Field, texts: Texts) -> str | None:
    text = _read_text(field, texts)
    if not text.strip():
        return None
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise FieldError("validation_invalid_json", f"Line {error.lineno}: {error.msg.lower()}.") from error
    except (RecursionError, ValueError) as error:
        raise FieldError("validation_invalid_json", "This is no JSON that could be stored.") from error
    return text


def _read_point(field: Field, texts: Texts) -> dict[str, float]:
    longitude, latitude = (*texts, "", "")[:2]
    return {"lon": _number(longitude.strip()), "lat": _number(latitude.strip())}


def _number(text: str) -> float:
    """What the API could not read it would take for 0. Raises FieldError."""
    try:
        number = float(text or "0")
    except ValueError:
        number = inf
    if not isfinite(number):
        raise FieldError("validation_invalid_number", f"{text[:40]} is no number.")
    return number


_READERS: Mapping[str, Callable[[Field, Texts], Any]] = {
    "bool": _read_bool,
    "number": _read_number,
    "select": _read_several,
    "relation": _read_several,
    "date": _read_date,
    "json": _read_json,
    "geoPoint": _read_point,
}


def _read_files(request: HttpRequest, field: FileField, submitted: Submitted) -> None:
    """New files beside those that stay; the names of the others are in `remove.NAME`."""
    removed = request.POST.getlist(f"remove.{field.name}")
    if removed:
        submitted.body[f"{field.name}-"] = removed
    uploads = [pending_upload(file) for file in request.FILES.getlist(f"field.{field.name}")]
    if uploads:
        submitted.uploads[f"{field.name}+" if field.is_multiple else field.name] = uploads


def _choices(field: SelectField, chosen: Texts) -> tuple[Item, ...]:
    """All choices, and those that a record has though they are none any more."""
    values = field.values or ()
    gone = (text for text in chosen if text not in values)
    return (
        *(Item(text, hue=hue_of(field, text)) for text in values),
        *(Item(text, is_broken=True) for text in gone),
    )


def _note(field: Field) -> str:
    """The bound that is worth knowing before it is passed."""
    if isinstance(field, TextField) and field.max > 0:
        return f"up to {field.max:,} characters"
    if isinstance(field, FileField):
        most = f"up to {field.max_select} files" if field.is_multiple else "1 file"
        return f"{most}, {field.max_file_bytes / 1024 / 1024:.0f} MB each" if field.is_multiple else most
    if field.is_multiple and isinstance(field, RelationField | SelectField):
        return f"up to {field.max_select}"
    return ""


def _spread(text: str) -> str:
    """JSON over several lines, where that loses nothing of it: no digit of a number, no repeated key."""
    if text == "null":
        return ""
    if len(text) > _MOST_SPREAD_CHARACTERS:
        return text
    try:
        value = json.loads(text)
        compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return text
    if compact != text or not isinstance(value, dict | list):
        return text
    return json.dumps(value, ensure_ascii=False, indent=2)
