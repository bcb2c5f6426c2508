"""`{{table}}` and `[[column]]`: marks of names that the reference's query builder leaves to it to quote.

Texts of SQL that superusers write go through that builder, so on SQLite the marks work, even inside literals.
On PostgreSQL they do not: its lists of lists look the same.
Reference: pocketbase/dbx 1.12.
"""

import re

_MARKED = re.compile(r"\{\{([\w\-. ]+)\}\}|\[\[([\w\-. ]+)\]\]", re.ASCII)
_PARAMETER = re.compile(r"\{:(\w+)\}", re.ASCII)


def with_quoted_names(sql: str) -> str:
    """`sql` with the marked names between quotation marks.

    >>> with_quoted_names("SELECT [[a.b]], [[c]] FROM {{d}}")
    'SELECT `a`.`b`, `c` FROM `d`'
    """
    return _MARKED.sub(lambda match: _quoted(match[1] or match[2]), sql)


def named_parameter(sql: str) -> str | None:
    """The name of the first `{:parameter}`; texts of SQL never come with values for them."""
    match = _PARAMETER.search(sql)
    return match[1] if match else None


def _quoted(path: str) -> str:
    return ".".join(f"`{part}`" for part in path.split("."))
