"""The form of a record: an input for every field, and what it says when it comes back.

Only what somebody changed is sent to the service, so that two people who change different fields of a record
do not undo each other's work. Beside each input stands a digest of what was in it; what comes back with the
same one was left alone, also by browsers, which write the ends of lines in their own way.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as member
from math import inf, isfinite
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from admin_ui.records.cells import Item, as_list, files, hue_of, is_safe_address, related
from admin_ui.records.columns import ICONS
from admin_ui.templatetags.operating import bound
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.exposing.exposures import accepts_writes
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
_SMALL = frozenset({"number", "date", "select", "email", "url"})
_NOT_IN_FORM = frozenset({"password", "tokenKey"})
_DIGEST_CHARACTERS = 16
# What is longer is shown as it is: to read and write it once more would keep other threads waiting.
_MOST_SPREAD_CHARACTERS = 256 * 1024

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Input:
    """One field as the form has it; `texts` are the values of its controls, in order.

    `may_add_related`: whether who looks may make records where a relation leads to.
    """

    field: Field
    kind: str
    texts: Texts
    was: str
    note: str = ""
    items: tuple[Item, ...] = ()
    error: str = ""
    is_locked: bool = False
    is_half: bool = False
    removed: Texts = ()
    may_add_related: bool = True

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
        is_asked = self.field.required and not self.is_locked
        return is_asked and self.field.type != "bool" and not makes_one

    @property
    def counted_to(self) -> int:
        """How many characters a text may have, 0 where nobody counts."""
        return max(self.field.max, 0) if isinstance(self.field, TextField) and not self.is_locked else 0

    @property
    def is_sortable(self) -> bool:
        is_list = isinstance(self.field, RelationField | FileField) and self.field.is_multiple
        return is_list and not self.is_locked

    @property
    def safe_address(self) -> str:
        """Where a link may lead, "" for none."""
        return self.text if is_safe_address(self.text) else ""

    @property
    def most_files(self) -> int:
        return max(self.field.max_select, 1) if isinstance(self.field, FileField) else 0

    @property
    def target(self) -> Collection | None:
        """The collection that a relation leads to."""
        return catalog().by_id(self.field.collection_id) if isinstance(self.field, RelationField) else None

    @property
    def target_name(self) -> str:
        return self.target.name if self.target else "?"

    @property
    def offers_new(self) -> bool:
        """Whether a related record can be made from here."""
        return self.may_add_related and self.target is not None and accepts_writes(self.target)

    @property
    def blank_item(self) -> Item:
        """What a chosen record is made of in the page, its name in place of `{name}`."""
        return Item("{name}", address="#", is_person=self.target is not None and self.target.is_auth)

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
    removed: dict[str, Texts] = member(default_factory=dict)


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
    blank: Mapping[str, Any] | None = None,
) -> list[Input]:
    """`item` is the presented record, None for a new one; `values` are what its fields hold.

    With `blank` the record is new and begins as a copy of `item`: whatever differs from `blank` is sent.
    """
    errors = errors or {}
    is_new = item is None or blank is not None
    made = []
    for field in form_fields(collection, is_new=is_new):
        stored = texts_of(field, values.get(field.name))
        before = stored if blank is None else texts_of(field, blank.get(field.name))
        said = submitted.texts.get(field.name) if submitted else None
        items: tuple[Item, ...] = ()
        if isinstance(field, RelationField) and item is not None:
            items = related(field, item)
        elif isinstance(field, FileField) and item is not None and not is_new:
            items = files(collection, field, item, file_token)
        elif isinstance(field, SelectField):
            items = _choices(field, said or stored)
        if isinstance(field, RelationField) and said is not None:
            known = {one.id: one for one in items}
            items = tuple(known.get(id_, Item(id_, id=id_)) for id_ in said)
        if isinstance(field, FileField) and said is not None:
            items = tuple(sorted(items, key=lambda one: _index(said, one.text)))
        made.append(
            Input(
                field=field,
                kind=_KINDS.get(field.type, "text"),
                texts=stored if said is None else said,
                was=digest(before),
                note="" if is_locked else _note(field),
                items=items,
                error=errors.get(field.name, ""),
                is_locked=is_locked or field.type == "autodate",
                removed=submitted.removed.get(field.name, ()) if submitted else (),
            )
        )
    return _paired(made)


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
        if isinstance(field, RelationField):
            texts = _in_order(request, field, texts)
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
    """New files after those that stay; the names of the others are in `remove.NAME`.

    All names are sent only if somebody changed their order, so that a file which others add meanwhile stays.
    """
    name = field.name
    removed = request.POST.getlist(f"remove.{name}")
    submitted.removed[name] = tuple(removed)
    there = _in_order(request, field, tuple(request.POST.getlist(f"kept.{name}")))
    submitted.texts[name] = there
    is_moved = digest(there) != request.POST.get(f"was.{name}", digest(there))
    if is_moved:
        submitted.body[name] = [one for one in there if one not in removed]
    elif removed:
        submitted.body[f"{name}-"] = removed
    uploads = [pending_upload(file) for file in request.FILES.getlist(f"field.{name}")]
    if uploads:
        is_added = field.is_multiple and not is_moved
        submitted.uploads[f"{name}+" if is_added else name] = uploads


def _in_order(request: HttpRequest, field: Field, texts: Texts) -> Texts:
    """Sorted by the numbers that stand beside them where there is no script to move them."""

    def place(text: str) -> float:
        said = request.POST.get(f"place.{field.name}.{text}", "")[:9]
        return int(said) if said.isdecimal() and said.isascii() else inf

    return tuple(sorted(texts, key=place)) if field.is_multiple else texts


def _index(texts: Texts, text: str) -> int:
    return texts.index(text) if text in texts else len(texts)


def _choices(field: SelectField, chosen: Texts) -> tuple[Item, ...]:
    """All choices, and those that a record has though they are none any more."""
    values = field.values or ()
    gone = (text for text in chosen if text not in values)
    return (
        *(Item(text, hue=hue_of(field, text)) for text in values),
        *(Item(text, is_broken=True) for text in gone),
    )


def _paired(inputs: list[Input]) -> list[Input]:
    """Small ones that follow each other stand side by side, two in a line."""
    paired: list[Input] = []
    before: Input | None = None  # a small one that has no neighbour yet
    for one in inputs:
        is_small = one.kind in _SMALL and not one.field.is_multiple
        if is_small and before is not None:
            paired[-1] = replace(before, is_half=True)
            one, before = replace(one, is_half=True), None
        else:
            before = one if is_small else None
        paired.append(one)
    return paired


def _note(field: Field) -> str:
    """The bound that is worth knowing before it is passed."""
    if isinstance(field, TextField) and field.max > 0:
        return _("up to %(count)s characters") % {"count": f"{field.max:,}"}
    if isinstance(field, FileField):
        most = bound(field.max_file_bytes)
        if not field.is_multiple:
            return _("1 file, up to %(size)s") % {"size": most}
        return _("up to %(count)s files of %(size)s") % {"count": field.max_select, "size": most}
    if field.is_multiple and isinstance(field, RelationField | SelectField):
        return _("up to %(count)s") % {"count": field.max_select}
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
