"""Names such as `comments_via_post`: the records of a collection whose relation points here.

Reference: contract/filters.md 5.3, contract/records.md 7.
"""

import re

_MARK = "_via_"
_WORD = re.compile(r"\w+", re.ASCII)


def back_relation(name: str) -> tuple[str, str] | None:
    """The collection and the field that `name` names, parted at the last mark; None when it is no such name.

    >>> back_relation("comments_via_post"), back_relation("a_via_via_b"), back_relation("_via_b")
    (('comments', 'post'), ('a_via', 'b'), None)
    """
    at = name.rfind(_MARK, 1, len(name) - 1)
    if at < 0 or not _WORD.fullmatch(name):
        return None
    return name[:at], name[at + len(_MARK) :]
