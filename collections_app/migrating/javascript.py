"""PocketBase's migration files: what they do to collections, if they do nothing else.

Of JavaScript only the sentences are known that PocketBase itself writes into such files: with JSON between
them, they are read without running anything. All else is refused with its line.

Reference: plugins/migratecmd/templates.go, PocketBase v0.39.11.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from collections_app.migrating.changes import Added, Changed, Json, ListChange, Removed, list_changes
from collections_app.migrating.changes import object_changes as changes_of
from collections_app.migration_operations import (
    CollectionOperation,
    CreateCollection,
    DeleteCollection,
    ImportCollections,
    UpdateCollection,
    index_key,
)

_BLANKS = re.compile(r"(?:\s|;|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"\d+")
_SHOWN = 60
_NOT_IN_FILES = ("created", "updated")


class NotOnlyCollections(ValueError):
    """The file does more than change collections, or says it in other words; the message has the line."""


@dataclass
class _Body:
    """What one direction of a migration does."""

    made: Json | None = None
    found: str = ""
    data: Json = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    put: dict[str, tuple[int, Json]] = field(default_factory=dict)  # fields by id, with their places
    imported: list[Json] | None = None
    deletes_missing: bool = False
    end: str = ""  # save, delete, import, or "" for nothing


def read_operations(text: str, *, name: str, id_of: Callable[[str], str]) -> list[CollectionOperation]:
    """The operations that do what the file does; none for one that does nothing.

    `name` is that of its collection, for messages; `id_of` knows the id of a collection by id or name.
    Raises NotOnlyCollections.
    """
    up, down = _Reader(text).bodies()
    match up.end, down.end:
        case "", "":
            return []
        case "save", "delete" if up.made is not None:
            return [CreateCollection(_portable(up.made))]
        case "delete", "save" if down.made is not None:
            return [DeleteCollection(_portable(down.made))]
        case "save", "save" if up.found and up.made is None and down.made is None:
            return [_update(up, down, name, id_of(up.found))]
        case "import", "" if up.imported is not None:
            definitions = [_portable(one) for one in up.imported]
            return [ImportCollections(definitions, delete_missing=up.deletes_missing)]
    raise NotOnlyCollections("its way back is not that of its way there")


def _update(up: _Body, down: _Body, name: str, collection_id: str) -> UpdateCollection:
    fields: list[ListChange] = []
    for key in up.removed:
        if key not in down.put:
            raise NotOnlyCollections(f"nothing says how the field {key} comes back")
        at, item = down.put[key]
        fields.append(Removed(item, at))
    for key, (at, item) in up.put.items():
        if key in down.put:
            before, after = changes_of(down.put[key][1], item)
            fields.append(Changed(key, before, after))
        else:
            fields.append(Added(item, at))
    before, after = dict(down.data), dict(up.data)
    indexes = list_changes(before.pop("indexes", []), after.pop("indexes", []), index_key)
    said: dict[str, Any] = {"before": before, "after": after, "fields": fields, "indexes": indexes}
    return UpdateCollection(collection_id, name=name, **{key: value for key, value in said.items() if value})


def _portable(definition: Json) -> Json:
    """Without what belongs to one installation, and without what follows from a view's query."""
    kept = {key: value for key, value in definition.items() if key not in _NOT_IN_FILES}
    if isinstance(kept.get("oauth2"), dict):
        kept["oauth2"] = {key: value for key, value in kept["oauth2"].items() if key != "providers"}
    if kept.get("type") == "view":
        kept.pop("fields", None)
    return kept


class _Reader:
    """Reads a file from its beginning, sentence by sentence. Raises NotOnlyCollections."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def bodies(self) -> tuple[_Body, _Body]:
        self._words("migrate", "(")
        up = self._body()
        down = _Body()
        if self._takes(","):
            down = self._body()
        self._words(")")
        if self._rest():
            self._refuse()
        return up, down

    def _body(self) -> _Body:
        self._words("(")
        self._name()
        self._words(")", "=>", "{")
        body = _Body()
        values: dict[str, Any] = {}
        while not self._takes("}"):
            if body.end or not self._sentence(body, values):
                self._refuse()
        return body

    def _sentence(self, body: _Body, values: dict[str, Any]) -> bool:
        """One sentence of a body; whether it is a known one."""
        if self._takes("const ") or self._takes("let "):
            self._definition(body, values)
        elif self._takes("unmarshal", "("):
            body.data.update(self._json(dict))
            self._words(",", "collection", ")")
        elif self._takes("collection.fields.removeById", "("):
            body.removed.append(self._json(str))
            self._words(")")
        elif self._takes("collection.fields.addAt", "("):
            at = int(self._match(_NUMBER))
            self._words(",", "new Field", "(")
            item: Json = self._json(dict)
            self._words(")", ")")
            body.put[str(item.get("id"))] = (at, item)
        elif self._takes("return null"):
            return True
        else:
            self._takes("return ")
            return self._last(body, values)
        return True

    def _definition(self, body: _Body, values: dict[str, Any]) -> None:
        name = self._name()
        self._words("=")
        if self._takes("new Collection", "("):
            body.made = self._json(dict)
            self._words(")")
        elif self._takes("app.findCollectionByNameOrId", "("):
            body.found = self._json(str)
            self._words(")")
        else:
            values[name] = self._json(list)

    def _last(self, body: _Body, values: Mapping[str, Any]) -> bool:
        if self._takes("app.importCollections", "("):
            body.imported = values.get(self._name())
            self._words(",")
            body.deletes_missing = self._takes("true")
            if not body.deletes_missing:
                self._words("false")
            self._words(")")
            body.end = "import"
            return True
        for end in ("save", "delete"):
            if self._takes(f"app.{end}", "("):
                self._words("collection", ")")
                body.end = end
                return True
        return False

    def _rest(self) -> str:
        match = _BLANKS.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._text[self._at : self._at + _SHOWN]

    def _takes(self, *words: str) -> bool:
        """Whether these come next; then they are read."""
        start = self._at
        for word in words:
            if not self._rest().startswith(word):
                self._at = start
                return False
            self._at += len(word)
        return True

    def _words(self, *words: str) -> None:
        for word in words:
            if not self._takes(word):
                self._refuse()

    def _name(self) -> str:
        return self._match(_NAME)

    def _match(self, pattern: re.Pattern[str]) -> str:
        self._rest()
        match = pattern.match(self._text, self._at)
        if match is None:
            self._refuse()
        self._at = match.end()
        return match[0]

    def _json(self, kind: type) -> Any:
        self._rest()
        try:
            value, end = json.JSONDecoder().raw_decode(self._text, self._at)
        except ValueError:
            self._refuse()
        if not isinstance(value, kind):
            self._refuse()
        self._at = end
        return value

    def _refuse(self) -> NoReturn:
        self._rest()
        line = self._text.count("\n", 0, self._at)
        found = self._text.split("\n")[line].strip()[:_SHOWN] or "its end"
        raise NotOnlyCollections(f"line {line + 1}: {found}")
