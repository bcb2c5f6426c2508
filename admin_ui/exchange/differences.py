"""Two definitions of a collection side by side: what is the same is counted, the rest stands there.

Both are as answers show them, so no secret is among what is compared.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext

from admin_ui.collection.review import rule_text, rules_of
from collections_app.collection import Collection
from collections_app.definitions.definition_json import definition_as_json

Json = dict[str, Any]

# Pieces of a text: what both sides have, and what only this one has.
Pieces = tuple[tuple[bool, str], ...]

_OF_ITSELF = ("name", "type", "system")
_LEFT_OUT = frozenset({"id", "created", "updated"})
_BESIDES = frozenset({*_OF_ITSELF, *_LEFT_OUT, "fields", "indexes", "viewQuery"})


@dataclass(frozen=True)
class Line:
    """A property on one side."""

    name: str
    pieces: Pieces


@dataclass(frozen=True)
class Side:
    """What one side has: a field with a title and its type, or lines alone."""

    lines: tuple[Line, ...]
    title: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Row:
    """Both sides of one thing; None where there is none."""

    old: Side | None
    new: Side | None

    @property
    def kind(self) -> str:
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"


@dataclass(frozen=True)
class Section:
    """`same` says how many are the same, "" for none."""

    title: str
    icon: str
    rows: tuple[Row, ...]
    same: str = ""
    note: str = ""

    def count(self, kind: str) -> int:
        return sum(row.kind == kind for row in self.rows)

    @property
    def added(self) -> int:
        return self.count("added")

    @property
    def changed(self) -> int:
        return self.count("changed")

    @property
    def removed(self) -> int:
        return self.count("removed")


def sections_of(old: Collection | None, new: Collection | None) -> list[Section]:
    """What differs, by rooms of the definition; none of them is empty."""
    before = definition_as_json(old) if old else None
    after = definition_as_json(new) if new else None
    found = [
        _itself(before, after),
        _rules(old, new),
        _fields(before, after),
        _indexes(before, after),
        _query(before, after),
        _options(before, after),
    ]
    return [section for section in found if section.rows or section.note]


def pieces_of(old: str, new: str) -> tuple[Pieces, Pieces]:
    """What two texts begin and end with alike, and what is between; in time linear in them.

    >>> pieces_of("a = 1", "a = 12")
    (((True, 'a = '), (False, '1')), ((True, 'a = '), (False, '12')))
    """
    before, after = _words(old), _words(new)
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])

    def cut(words: Sequence[str]) -> Pieces:
        middle = words[start : len(words) - end]
        parts = ((True, words[:start]), (False, middle), (True, words[len(words) - end :]))
        return tuple((is_same, "".join(part)) for is_same, part in parts if part)

    return cut(before), cut(after)


def _words(text: str) -> list[str]:
    words: list[str] = []
    for part in text.split(" "):
        words += [part, " "]
    return [word for word in words[:-1] if word]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _itself(before: Json | None, after: Json | None) -> Section:
    if before is None or after is None:
        return Section(gettext("Collection"), "table-2", ())  # its heading says it all
    return _plain(gettext("Collection"), "table-2", _picked(before, _OF_ITSELF), _picked(after, _OF_ITSELF))


def _rules(old: Collection | None, new: Collection | None) -> Section:
    before, after = _rule_texts(old), _rule_texts(new)
    same = _same_count(before, after)
    words = ngettext("{same} rule is the same", "{same} rules are the same", same).format(same=same)
    return _plain(gettext("API rules"), "lock", before, after, same=words if same else "")


def _rule_texts(collection: Collection | None) -> dict[str, str] | None:
    if collection is None:
        return None
    return {name: rule_text(rule, name=name).text for name, rule in rules_of(collection).items()}


def _fields(before: Json | None, after: Json | None) -> Section:
    old = {field["id"]: field for field in (before or {}).get("fields", ())}
    new = {field["id"]: field for field in (after or {}).get("fields", ())}
    rows, same = [], 0
    for key in [*old, *(key for key in new if key not in old)]:
        if old.get(key) == new.get(key):
            same += 1
        else:
            rows.append(_field(old.get(key), new.get(key)))
    note = ""
    if [key for key in old if key in new] != [key for key in new if key in old]:
        note = gettext("The fields stand in another order.")
    words = ngettext("{same} field is the same", "{same} fields are the same", same).format(same=same)
    return Section(gettext("Fields"), "list", tuple(rows), words if same else "", note)


def _field(old: Json | None, new: Json | None) -> Row:
    if old is None or new is None:
        shown = _field_alone(old or new or {})
        return Row(shown, None) if new is None else Row(None, shown)
    lines: tuple[list[Line], list[Line]] = ([], [])
    for name in [*old, *(name for name in new if name not in old)]:
        if name in _LEFT_OUT or old.get(name) == new.get(name):
            continue
        for side, pieces in zip(lines, pieces_of(_shown(old.get(name)), _shown(new.get(name))), strict=True):
            side.append(Line(name, pieces))
    return Row(
        Side(tuple(lines[0]), old["name"], old["type"]), Side(tuple(lines[1]), new["name"], new["type"])
    )


def _field_alone(field: Json) -> Side:
    """What is set of a field that only one side has; those of the system are the same everywhere."""
    lines = (
        Line(name, ((True, _shown(value)),))
        for name, value in field.items()
        if not field.get("system")
        and value not in (None, "", 0, False, [])
        and name not in {*_LEFT_OUT, "name", "type"}
    )
    return Side(tuple(lines), field["name"], field["type"])


def _indexes(before: Json | None, after: Json | None) -> Section:
    old, new = (before or {}).get("indexes", []), (after or {}).get("indexes", [])
    rows = [Row(Side((Line("", ((True, text),)),)), None) for text in old if text not in new]
    rows += [Row(None, Side((Line("", ((True, text),)),))) for text in new if text not in old]
    same = sum(text in new for text in old)
    words = ngettext("{same} index is the same", "{same} indexes are the same", same).format(same=same)
    return Section(gettext("Indexes"), "zap", tuple(rows), words if same else "")


def _query(before: Json | None, after: Json | None) -> Section:
    keys = ("viewQuery",)
    return _plain(gettext("Query"), "code", _picked(before, keys), _picked(after, keys))


def _options(before: Json | None, after: Json | None) -> Section:
    """What the type has besides, such as how one signs in; of rules the section of rules tells."""
    is_told: Callable[[str], bool] = lambda name: name not in _BESIDES and not name.endswith("Rule")  # noqa: E731
    old, new = _flat(before, is_told), _flat(after, is_told)
    return _plain(gettext("Options"), "sliders-horizontal", old, new)


def _flat(definition: Json | None, is_told: Callable[[str], bool]) -> dict[str, str] | None:
    if definition is None:
        return None
    told = {key: value for key, value in definition.items() if is_told(key)}
    return {name: text for name, text in _leaves("", told) if name != "mfa.rule"}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, item)
    else:
        yield path, _shown(value)


def _picked(definition: Json | None, keys: Sequence[str]) -> dict[str, str] | None:
    return None if definition is None else {key: _shown(definition[key]) for key in keys if key in definition}


def _plain(
    title: str,
    icon: str,
    before: Mapping[str, str] | None,
    after: Mapping[str, str] | None,
    *,
    same: str = "",
) -> Section:
    """A section whose rows are properties; of a collection that only one side has, those that are set."""
    rows = []
    for name in dict.fromkeys([*(before or {}), *(after or {})]):
        old, new = (before or {}).get(name), (after or {}).get(name)
        if old == new or (None in (before, after) and (old or new) in ("", "false", "[]", "null", "0")):
            continue
        pieces = pieces_of(old or "", new or "")
        rows.append(
            Row(
                None if old is None else Side((Line(name, pieces[0]),)),
                None if new is None else Side((Line(name, pieces[1]),)),
            )
        )
    return Section(title, icon, tuple(rows), same if rows else "")


def _same_count(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> int:
    return sum(text == (after or {}).get(name) for name, text in (before or {}).items())


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
