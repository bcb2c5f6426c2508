"""Texts in cells of CSV: one that a spreadsheet would take for a formula is none of the file's.

What others wrote into a record is data; an apostrophe before it says so, also where one is there already, so
that reading takes off what writing put there.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


def defused(text: str) -> str:
    """
    >>> defused("=1+1"), defused("'=1"), defused("it's")
    ("'=1+1", "''=1", "it's")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def text_in_cell(text: str) -> str:
    """What `defused` was given.

    >>> text_in_cell("'=1+1"), text_in_cell("''=1"), text_in_cell("it's"), text_in_cell("'quoted'")
    ('=1+1', "'=1", "it's", "'quoted'")
    """
    return text[1:] if _DEFUSED.match(text) else text
