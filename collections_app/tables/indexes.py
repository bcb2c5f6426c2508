"""`CREATE INDEX` texts: taken apart, compared and put back together (contract/collections.md 4.2).

Reference: tools/dbutils/index.go, PocketBase v0.39.11 (what is accepted, and how names are trimmed); the
columns end where their bracket closes, as from v0.40.3 on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from platform_app.wire.tokenizer import Unbalanced, closing_bracket, split

# What stands before the bracket of the columns, and what may stand behind it.
_HEAD = re.compile(
    r"""
    create \s+ (?P<unique> unique \s+ )? \s* index \s*
    (?P<optional> if \s+ not \s+ exists \s+ )?
    (?P<name> \S* ) \s+ on \s+ (?P<table> [^\s(]* ) \s* \(
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_WHERE = re.compile(r"\s*where\b\s*(?P<where>.*)", re.IGNORECASE | re.DOTALL | re.ASCII)
_COLUMN = re.compile(
    r"(?P<name>.+?)(?:(?<!\s)\s+collate\s+(?P<collate>\w+))?(?:(?<!\s)\s+(?P<sort>asc|desc))?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_TRIMMED = "`\"'[]\r\n\t\f\v "


@dataclass(frozen=True, slots=True)
class IndexColumn:
    """A column, or an expression, of an index; `sort` is `ASC`, `DESC` or empty."""

    name: str
    collate: str = ""
    sort: str = ""

    @property
    def is_expression(self) -> bool:
        return "(" in self.name or " " in self.name

    @property
    def ignores_case(self) -> bool:
        return self.collate.lower() == "nocase"


@dataclass(frozen=True, slots=True)
class Index:
    """A parsed `CREATE INDEX` text."""

    name: str
    table: str
    columns: tuple[IndexColumn, ...]
    unique: bool = False
    where: str = ""
    if_not_exists: bool = False
    schema: str = ""

    def sql(self) -> str:
        """The normal form: one line for one column, a line per column for more.

        >>> parse_index("create unique index i on t ( a collate nocase )").sql()
        'CREATE UNIQUE INDEX `i` ON `t` (`a` COLLATE nocase)'
        """
        columns = [_column_sql(column) for column in self.columns]
        listed = columns[0] if len(columns) == 1 else "\n  " + ",\n  ".join(columns) + "\n"
        return "".join(
            (
                "CREATE ",
                "UNIQUE " if self.unique else "",
                "INDEX ",
                "IF NOT EXISTS " if self.if_not_exists else "",
                f"`{self.schema}`." if self.schema else "",
                f"`{self.name}` ON `{self.table}` ({listed})",
                f" WHERE {self.where}" if self.where else "",
            )
        )

    def retable(self, table: str) -> "Index":
        """The same index on another table."""
        return replace(self, table=table)

    def same_definition(self, other: "Index") -> bool:
        """Whether both say the same apart from their names and schemas."""
        return replace(self, name="", schema="") == replace(other, name="", schema="")


@lru_cache(maxsize=2048)
def parse_index(text: str) -> Index | None:
    """Read a `CREATE INDEX` text; None when it lacks a name or a column, or is something else.

    The table may be missing: whoever saves the index puts it on its collection's own.
    """
    match = _HEAD.search(text)
    end = closing_bracket(text, match.end() - 1) if match else None
    if match is None or end is None:
        return None
    where = _WHERE.match(text, end + 1)
    names = _parts(match["name"], ".")
    if not names:
        return None
    name = names[1] if len(names) == 2 else names[0]
    index = Index(
        name=name.strip(_TRIMMED),
        table=match["table"].strip(_TRIMMED),
        columns=tuple(_columns(text[match.end() : end])),
        unique=match["unique"] is not None,
        where=where["where"].strip() if where else "",
        if_not_exists=match["optional"] is not None,
        schema=names[0].strip(_TRIMMED) if len(names) == 2 else "",
    )
    return index if index.name and index.columns else None


def index_text(name: str, table: str, columns: str, *, unique: bool = False, where: str = "") -> str:
    """The text of an index over `columns`, which are written as in SQL: `slug COLLATE NOCASE, created`."""
    condition = f" WHERE {where}" if where else ""
    return f"CREATE {'UNIQUE ' if unique else ''}INDEX `{name}` ON `{table}` ({columns}){condition}"


def index_text_for(text: str, table: str) -> str:
    """`text` for the given table: kept verbatim when it names it already, else rewritten in normal form."""
    index = parse_index(text)
    return text if index is None or index.table == table else index.retable(table).sql()


def _column_sql(column: IndexColumn) -> str:
    return "".join(
        (
            column.name if column.is_expression else f"`{column.name}`",
            f" COLLATE {column.collate}" if column.collate else "",
            f" {column.sort}" if column.sort else "",
        )
    )


def _columns(text: str) -> Iterator[IndexColumn]:
    for part in _parts(text, ","):
        match = _COLUMN.fullmatch(part)
        name = match["name"].strip(_TRIMMED) if match else ""
        if match and name:
            yield IndexColumn(name, match["collate"] or "", (match["sort"] or "").upper())


def _parts(text: str, separator: str) -> list[str]:
    try:
        return split(text, separator)
    except Unbalanced:
        return []
