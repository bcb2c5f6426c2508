"""Conditions for who does not know the filter language: a form for each type of field, and its text.

What the form makes is the list's filter, so that it can be read, changed and shared; and what it made it
reads again. All else in a filter stays as it is beside it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from admin_ui.quoting import quoted, unquoted
from admin_ui.records.columns import ICONS
from admin_ui.records.labels import label_fields
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.relation_field import RelationField
from collections_app.fields.select_field import SelectField

Kind = Literal["choice", "number", "date", "text", "presence"]

# What a date is compared with, by what the form calls it.
SINCE = {"today": "@todayStart", "month": "@monthStart", "year": "@yearStart"}
_KINDS: dict[str, Kind] = {
    "select": "choice",
    "bool": "choice",
    "number": "number",
    "date": "date",
    "autodate": "date",
    "file": "presence",
    "geoPoint": "presence",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_QUOTED = r'"((?:[^"\\]|\\.)*)"'


class Said(Protocol):
    """A form as it was sent (`QueryDict`)."""

    def getlist(self, key: str, /) -> list[str]:
        """The values of its controls of that name."""


@dataclass(frozen=True)
class Condition:
    """What is asked of one field; the members that its kind has no use for are empty.

    `values` are choices; `low` and `high` numbers or days; `since` a key of SINCE; `text` what is looked for;
    `presence` is "some", "none" or "".
    """

    field: Field
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    since: str = ""
    text: str = ""
    presence: str = ""

    @property
    def kind(self) -> Kind:
        return _KINDS.get(self.field.type, "text")

    @property
    def name(self) -> str:
        return f"f.{self.field.name}"

    @property
    def id(self) -> str:
        return f"condition-{self.field.name}"

    @property
    def icon(self) -> str:
        return ICONS.get(self.field.type, "puzzle")

    @property
    def choices(self) -> Sequence[str]:
        return (self.field.values or ()) if isinstance(self.field, SelectField) else ("true", "false")

    @property
    def is_said(self) -> bool:
        return bool(self.values or self.low or self.high or self.since or self.text or self.presence)


def fields_with_conditions(collection: Collection) -> list[Field]:
    """What says what a record is comes first, and what is filled in by itself last."""
    fields = [
        field
        for field in collection.fields
        if not field.is_secret and not (collection.is_auth and field.name in {"password", "tokenKey"})
    ]
    named = label_fields(collection)
    return sorted(fields, key=lambda field: (field not in named, field.name == "id"))


def conditions_in(collection: Collection, text: str) -> tuple[list[Condition], str]:
    """Those that a filter has, one for each field, and what else is in it."""
    found: dict[str, dict[str, str | tuple[str, ...]]] = {}
    rest = []
    for part in split(text):
        for field in fields_with_conditions(collection):
            read = _read(field, part)
            known = found.get(field.name, {})
            if read and not read.keys() & known.keys():
                found[field.name] = {**known, **read}
                break
        else:
            rest.append(part)
    made = [
        Condition(field, **found.get(field.name, {}))  # type: ignore[arg-type]
        for field in fields_with_conditions(collection)
    ]
    return made, " && ".join(rest)


def said_conditions(collection: Collection, form: Said) -> list[Condition]:
    """Those that somebody filled in; what makes no sense as a number or a day is left out."""

    def one(name: str) -> str:
        return next((value.strip() for value in form.getlist(name)), "")

    made = []
    for field in fields_with_conditions(collection):
        blank = Condition(field)
        pattern = _DAY if blank.kind == "date" else _NUMBER
        low, high = (
            text if pattern.fullmatch(text) else ""
            for text in (one(f"f.{field.name}.{end}") for end in ("low", "high"))
        )
        since = one(f"f.{field.name}.since")
        presence = since if since in {"some", "none"} else one(f"f.{field.name}.presence")
        made.append(
            Condition(
                field,
                values=tuple(value for value in form.getlist(blank.name) if value in blank.choices)
                if blank.kind == "choice"
                else (),
                low=low if blank.kind in {"number", "date"} else "",
                high=high if blank.kind in {"number", "date"} else "",
                since=since if blank.kind == "date" and since in SINCE else "",
                text=one(blank.name) if blank.kind == "text" else "",
                presence=presence if presence in {"some", "none"} else "",
            )
        )
    return made


def text_of(conditions: Sequence[Condition], rest: str) -> str:
    """A filter with all of them."""
    # Alone in the box it may be a plain term, which is no part of an expression.
    parts = [f"({rest})" if len(split(rest)) == 1 and _has_or(rest) else rest] if rest.strip() else []
    return " && ".join([*parts, *(text for condition in conditions for text in _texts(condition))])


def split(text: str) -> list[str]:
    """The parts that `&&` joins at the top; a text with `||` there is one part, and so is a broken one.

    >>> split('a = 1 && (b = 2 && c = 3) && d = "x && y"')
    ['a = 1', '(b = 2 && c = 3)', 'd = "x && y"']
    >>> split("a = 1 || b = 2 && c = 3"), split("(a = 1"), split(" ")
    (['a = 1 || b = 2 && c = 3'], ['(a = 1'], [])
    """
    if not text.strip():
        return []
    cuts = []
    for at, word in _joins(text):
        if word != "&&":
            return [text.strip()]
        cuts.append(at)
    starts = [0, *(at + 2 for at in cuts)]
    return [text[start:end].strip() for start, end in zip(starts, [*cuts, len(text)], strict=True)]


def _joins(text: str) -> Iterator[tuple[int, str]]:
    """Where `&&` and `||` stand outside of quotes and groups; "" where quotes or groups do not end."""
    quote, depth, at = "", 0, 0
    while at < len(text):
        character = text[at]
        if quote:
            at += character == "\\"
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif not depth and (word := text[at : at + 2]) in {"&&", "||"}:
            yield at, word
            at += 1
        at += 1
    if quote or depth:
        yield len(text), ""


def _has_or(text: str) -> bool:
    return any(word == "||" for _, word in _joins(text))


def _left(field: Field) -> tuple[str, str]:
    """What stands left of the sign where a text is looked for, and the mark before the sign."""
    if not isinstance(field, RelationField):
        return field.name, ""
    target = catalog().by_id(field.collection_id)
    names = [one for one in label_fields(target) if not isinstance(one, RelationField)] if target else []
    return (f"{field.name}.{names[0].name}" if names else field.name), "?"


def _texts(condition: Condition) -> Iterator[str]:
    field = condition.field
    if condition.presence:
        counts = field.is_multiple
        left, none = (f"{field.name}:length", "0") if counts else (field.name, '""')
        if field.type == "geoPoint":
            # Nowhere is where both numbers are 0.
            left, none = f"{field.name}.lon", "0"
        yield f"{left} {'=' if condition.presence == 'none' else '!='} {none}"
    if condition.values:
        left, sign = (f"{field.name}:each", "?=") if field.is_multiple else (field.name, "=")
        values = (value if field.type == "bool" else quoted(value) for value in condition.values)
        texts = [f"{left} {sign} {value}" for value in values]
        yield texts[0] if len(texts) == 1 else f"({' || '.join(texts)})"
    if condition.since:
        yield f"{field.name} >= {SINCE[condition.since]}"
    is_day = condition.kind == "date"
    if condition.low:
        yield f"{field.name} >= " + (f'"{condition.low} 00:00:00.000Z"' if is_day else condition.low)
    if condition.high:
        yield f"{field.name} <= " + (f'"{condition.high} 23:59:59.999Z"' if is_day else condition.high)
    if condition.text:
        left, mark = _left(field)
        yield f"{left} {mark}~ {quoted(condition.text)}"


def _read(field: Field, part: str) -> dict[str, str | tuple[str, ...]]:
    """What a part of a filter asks of the field in the words of `_texts`; nothing for other words."""
    kind = Condition(field).kind
    for presence in ("none", "some"):
        if part == next(_texts(Condition(field, presence=presence))):
            return {"presence": presence}
    if kind == "choice":
        return _read_choice(field, part)
    if kind == "date":
        since = next((name for name, macro in SINCE.items() if part == f"{field.name} >= {macro}"), "")
        if since:
            return {"since": since}
    if kind in {"number", "date"}:
        value = _NUMBER.pattern
        if kind == "date":
            value = rf'"{_DAY.pattern} (?:00:00:00.000Z|23:59:59.999Z)"'
        for end, sign in (("low", ">="), ("high", "<=")):
            if match := re.fullmatch(rf"{re.escape(field.name)} {sign} ({value})", part):
                bound = match[1].strip('"').partition(" ")[0]
                return {end: bound} if part == next(_texts(Condition(field, **{end: bound}))) else {}  # type: ignore[arg-type]
    left, mark = _left(field)
    match = re.fullmatch(rf"{re.escape(left)} {re.escape(mark)}~ {_QUOTED}", part, re.DOTALL)
    return {"text": unquoted(match[1])} if kind == "text" and match else {}


def _read_choice(field: Field, part: str) -> dict[str, str | tuple[str, ...]]:
    condition = Condition(field)
    inner = part[1:-1] if part.startswith("(") and part.endswith(")") else part
    values = tuple(
        value
        for value in condition.choices
        for text in _texts(Condition(field, values=(value,)))
        if text in inner
    )
    # What is meant is what would be written for it.
    return {"values": values} if values and part == next(_texts(Condition(field, values=values))) else {}
