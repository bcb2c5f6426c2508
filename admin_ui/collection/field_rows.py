"""The fields of a collection as rows of a form: each with its options, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from admin_ui.collection.field_options import (
    OPTIONS,
    REQUIRED,
    TYPES,
    Json,
    Option,
    Text,
    WrongOption,
    put,
    put_several,
    summary_of,
    text_of,
)
from admin_ui.records.columns import ICONS
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.options import MalformedOptions
from collections_app.fields.registry import field_from_json, field_types
from platform_app.wire.errors import ErrorTree, FieldError

# Whether they are required and hidden, the server decides (contract/collections.md 2.4).
_FORCED = frozenset({"id", "password", "tokenKey", "email"})
_FLAGS = ("required", "hidden", "presentable")
_MULTIPLE = "multiple"


@dataclass(frozen=True)
class Shown:
    """One option as the form has it; `choices` are value and label."""

    option: Option
    id: str
    name: str
    text: str
    error: str = ""
    is_locked: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@dataclass
class Row:
    """`definition` is the field as it is filled in, `texts` what its controls say if that cannot be read.

    `key` names its controls; `stored` is the field in the database, None for a new one. That may be
    made `of` another one (the id): what has no control here is taken from there.
    """

    key: str
    definition: Json
    stored: Field | None = None
    of: str = ""
    texts: dict[str, str] = member(default_factory=dict)
    errors: dict[str, str] = member(default_factory=dict)
    is_removed: bool = False
    is_open: bool = False

    @property
    def name(self) -> str:
        return str(self.definition.get("name", ""))

    @property
    def type(self) -> str:
        return str(self.definition["type"])

    @property
    def is_system(self) -> bool:
        return bool(self.definition.get("system"))

    @property
    def icon(self) -> str:
        return "key-round" if self.name == "id" else ICONS.get(self.type, "puzzle")

    @property
    def prefix(self) -> str:
        return f"f{self.key}"

    @property
    def help(self) -> str:
        return str(self.definition.get("help", ""))

    @property
    def has_help(self) -> bool:
        return "help" in self.definition

    @property
    def has_required(self) -> bool:
        return "required" in self.definition

    @property
    def are_flags_locked(self) -> bool:
        return self.is_system and self.name in _FORCED

    @property
    def can_be_copied(self) -> bool:
        return self.type in TYPES and not self.definition.get("primaryKey")

    @property
    def required_label(self) -> Text:
        return REQUIRED.get(self.type) or gettext("Required")

    @property
    def was_name(self) -> str:
        return self.stored.name if self.stored else ""

    @property
    def is_changed(self) -> bool:
        """Whether a stored field would be another one."""
        if self.stored is None:
            return False
        return self.is_removed or bool(self.texts) or self.definition != self.stored.as_json()

    @property
    def odd_errors(self) -> list[str]:
        """What is wrong with no control of its own."""
        known = {"name", "help", *(option.key for option in OPTIONS.get(self.type, ()))}
        return [text for key, text in self.errors.items() if key not in known]

    def summary(self, collection_names: Mapping[str, str]) -> str:
        try:
            return summary_of(field_from_json(self.definition), collection_names)
        except MalformedOptions:
            return ""


def row_of(field: Field, key: str) -> Row:
    return Row(key, field.as_json(), field)


def row_like(field: Field, key: str) -> Row:
    """A row for a new field that is like another one, which may be one of another collection."""
    return Row(key, _without_id(field.as_json()), of=field.id)


def new_row(kind: str, key: str, taken: Iterable[str]) -> Row:
    """A row for a field that is not there yet, under a name that nobody has. Raises LookupError."""
    definition = {**_blank(kind), "name": free_name(kind, taken)}
    if kind == "autodate":
        definition["onCreate"] = True
    return Row(key, definition, is_open=True)


def copy_of(row: Row, key: str, taken: Iterable[str]) -> Row:
    definition = _without_id(row.definition)
    definition |= {"name": free_name(f"{row.name}_copy", taken), "system": False}
    source = row.stored.id if row.stored else row.of
    return Row(key, definition, texts=dict(row.texts), of=source, is_open=True)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """
    >>> free_name("text", ["title"]), free_name("text", ["Text", "text2"])
    ('text', 'text3')
    """
    known = {name.lower() for name in taken}
    name, number = wanted, 1
    while name.lower() in known:
        number += 1
        name = f"{wanted}{number}"
    return name


# --- reading ------------------------------------------------------------------------------------------


def read_rows(post: QueryDict, base: Iterable[Field]) -> list[Row]:
    """The rows in the order in which they were sent; `base` are the fields that the form was made of."""
    by_id = {field.id: field for field in base}
    rows = []
    for key in dict.fromkeys(post.getlist("field")):
        kind = post.get(f"f{key}-type", "")
        if kind in field_types():
            stored, source = (by_id.get(post.get(f"f{key}-{name}", "")) for name in ("id", "of"))
            rows.append(_read_row(post, key, kind, stored, source))
    return rows


def _read_row(post: QueryDict, key: str, kind: str, stored: Field | None, source: Field | None) -> Row:
    if stored is not None and stored.type == kind:
        row = row_of(stored, key)
    elif source is not None and source.type == kind:
        row = row_like(source, key)
    else:
        row = Row(key, _blank(kind))
    definition, prefix = row.definition, row.prefix
    if not row.is_system:
        definition["name"] = post.get(f"{prefix}-name", "").strip()
    if row.has_help:
        definition["help"] = post.get(f"{prefix}-help", "").strip()
    for flag in _FLAGS:
        if flag in definition and not (row.are_flags_locked and flag != "presentable"):
            definition[flag] = f"{prefix}-{flag}" in post
    if definition.get("hidden"):
        definition["presentable"] = False
    for option in OPTIONS.get(kind, ()):
        _read_option(post, row, option)
    row.is_removed = f"{prefix}-removed" in post and not row.is_system
    return row


def _read_option(post: QueryDict, row: Row, option: Option) -> None:
    name = f"{row.prefix}-{option.key}"
    if is_locked(row, option) or option.control == _MULTIPLE:
        return  # the count comes after it, and says both
    if option.control != "flag" and name not in post:
        return  # a form that does not have it says nothing about it
    text = post.get(name, "")
    try:
        if option.control == "count":
            is_multiple = post.get(f"{row.prefix}-{_MULTIPLE}") == "many"
            put_several(row.type, row.definition, is_multiple=is_multiple, count=text)
        else:
            put(option, text, row.definition)
    except WrongOption as error:
        row.texts[option.key] = text
        row.errors[option.key] = str(error)


def _blank(kind: str) -> Json:
    definition = _without_id(field_types()[kind]().as_json())
    return {**definition, "maxSelect": 1} if "maxSelect" in definition else definition


def _without_id(definition: Json) -> Json:
    return {name: value for name, value in definition.items() if name != "id"}


def is_locked(row: Row, option: Option) -> bool:
    """What cannot be another one once it is stored."""
    if option.control == "collection":
        return row.stored is not None
    return option.control == "moments" and row.is_system


# --- showing ------------------------------------------------------------------------------------------


def shown_options(row: Row, collection: Collection, others: Iterable[Collection]) -> list[Shown]:
    shown = []
    for option in OPTIONS.get(row.type, ()):
        choices: tuple[tuple[str, str], ...] = ()
        if option.control == "collection":
            choices = tuple(
                (other.id, other.name) for other in others if not other.is_view or collection.is_view
            )
        shown.append(
            Shown(
                option,
                id=f"{row.prefix}-{option.key}",
                name=f"{row.prefix}-{option.key}",
                text=row.texts.get(option.key, text_of(option, row.definition)),
                error=row.errors.get(option.key, ""),
                is_locked=is_locked(row, option),
                choices=choices,
            )
        )
    return shown


def put_errors(rows: list[Row], errors: "ErrorTree | FieldError | None") -> str:
    """Give the errors of `fields`, by place, to the rows; returns what is about none of them.

    `rows` are those that were sent, in their order.
    """
    if errors is None:
        return ""
    if isinstance(errors, FieldError):
        return errors.message
    rest = []
    by_name = {row.name: row for row in rows}
    for place, error in errors.items():
        row = rows[int(place)] if place.isdigit() and int(place) < len(rows) else by_name.get(place)
        if row is None:
            rest.append(first_message(error))
        elif isinstance(error, FieldError):
            row.errors[""] = error.message
        else:
            row.errors |= {key: first_message(one) for key, one in error.items()}
        if row is not None:
            row.is_open = True
    return " ".join(rest)


def first_message(error: Any) -> str:
    """The first sentence of an error or of those of a list, which names the place in it.

    >>> first_message({"1": FieldError("x", "Must be a valid domain.")})
    '2: Must be a valid domain.'
    """
    if isinstance(error, FieldError):
        return error.message
    for place, one in error.items():
        line = f"{int(place) + 1}: " if place.isdigit() else ""
        return line + first_message(one)
    return ""
