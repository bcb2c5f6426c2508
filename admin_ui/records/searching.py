"""What stands in the search box as a filter of the API: an expression as it is, a plain term over all fields.

Reference: contract/dashboard.md, RL-05; ui/src/utils.js (normalizeSearchFilter), PocketBase v0.39.11.
"""

from admin_ui.quoting import quoted
from collections_app.collection import Collection

_OPERATORS = "=~<>"


def filter_for(collection: Collection, said: str) -> str:
    """ "" for nothing said.

    >>> from collections_app.fields.text_field import TextField
    >>> posts = Collection("c1", "posts", fields=(TextField(name="id"), TextField(name="title")))
    >>> filter_for(posts, "title = 'x'"), filter_for(posts, 'it"s')
    ("title = 'x'", 'id?~"it\\\\"s"||title?~"it\\\\"s"')
    """
    said = said.strip()
    if not said or any(operator in said for operator in _OPERATORS):
        return said
    is_plain = said in {"true", "false"} or said.isdecimal()
    term = quoted(said if is_plain else said.strip("\"'`"))
    names = (field.name for field in collection.fields if not field.is_secret and not field.hidden)
    return "||".join(f"{name}?~{term}" for name in names)
