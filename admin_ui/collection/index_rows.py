"""The indexes of a collection as rows of a form; they follow when a field gets another name or goes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict

from collections_app.tables.indexes import Index, IndexColumn, parse_index
from platform_app.database.ids import LOWER_ALPHANUMERIC, random_text

_NAME_LETTERS = 10


@dataclass
class IndexRow:
    """`text` is the SQL as it is filled in; `was` what is stored, "" for a new one."""

    key: str
    text: str
    was: str = ""
    error: str = ""
    is_removed: bool = False
    is_open: bool = False

    @property
    def prefix(self) -> str:
        return f"x{self.key}"

    @property
    def index(self) -> Index | None:
        return parse_index(self.text)

    @property
    def name(self) -> str:
        return self.index.name if self.index else ""

    @property
    def columns(self) -> str:
        return ", ".join(column.name for column in self.index.columns) if self.index else ""

    @property
    def is_changed(self) -> bool:
        """Whether a stored index would be another one."""
        return bool(self.was) and (self.is_removed or self.text != self.was)

    @property
    def is_unique(self) -> bool:
        return bool(self.index and self.index.unique)


def index_rows_of(texts: Iterable[str]) -> list[IndexRow]:
    return [IndexRow(str(place), text, text) for place, text in enumerate(texts)]


def new_index_row(key: str, table: str) -> IndexRow:
    return IndexRow(key, f"CREATE INDEX `{_new_name()}` ON `{table}` ()", is_open=True)


def copied_index(text: str, table: str) -> str:
    """The same index on another table, under a name of its own."""
    index = parse_index(text)
    return replace(index, name=_new_name(), table=table).sql() if index else text


def read_index_rows(post: QueryDict, stored: Iterable[str]) -> list[IndexRow]:
    known = {_plain(text): text for text in stored}
    rows = []
    for key in dict.fromkeys(post.getlist("index")):
        text = _plain(post.get(f"x{key}-sql", ""))
        was = known.get(_plain(post.get(f"x{key}-was", "")), "")
        # A browser writes line ends in its way; that alone is no change.
        row = IndexRow(key, known.get(text, text), was)
        row.is_removed = f"x{key}-removed" in post
        rows.append(row)
    return rows


def following(
    row: IndexRow, new_names: Mapping[str, str], removed: frozenset[str], current: frozenset[str]
) -> str | None:
    """The text of an index after fields got new names; None when it goes with a column that is removed.

    Old names are in lower case, as are those of `removed` and `current` fields. What somebody wrote anew
    follows only names that nobody has any more: it may name the new ones already.
    """
    index = row.index
    if index is None:
        return row.text
    is_as_stored = row.text == row.was
    if is_as_stored and {column.name.lower() for column in index.columns} & removed:
        return None
    if not is_as_stored:
        new_names = {old: new for old, new in new_names.items() if old not in current}
    columns = tuple(_renamed(column, new_names) for column in index.columns)
    where = _renamed_words(index.where, new_names)
    if (columns, where) == (index.columns, index.where):
        return row.text
    return replace(index, columns=columns, where=where).sql()


def _renamed(column: IndexColumn, new_names: Mapping[str, str]) -> IndexColumn:
    if column.is_expression:
        return replace(column, name=_renamed_words(column.name, new_names))
    return replace(column, name=new_names.get(column.name.lower(), column.name))


def _renamed_words(sql: str, new_names: Mapping[str, str]) -> str:
    """SQL with other names for columns, outside of its texts.

    >>> _renamed_words("`a` != '' AND b = 'a'", {"a": "c"})
    "`c` != '' AND b = 'a'"
    """
    parts = re.split(r"('(?:[^']|'')*')", sql)
    return "".join(
        part if at % 2 else re.sub(r"\w+", lambda word: new_names.get(word[0].lower(), word[0]), part)
        for at, part in enumerate(parts)
    )


def _new_name() -> str:
    return f"idx_{random_text(_NAME_LETTERS, LOWER_ALPHANUMERIC)}"


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
