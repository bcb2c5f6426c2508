"""What stands in the search box as a filter of the API: an expression as it is, a plain term over all fields.

Reference: contract/dashboard.md, RL-05; ui/src/utils.js (normalizeSearchFilter), PocketBase v0.39.11.
"""

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
    quoted = _quoted(said)
    names = (field.name for field in collection.fields if not field.is_secret and not field.hidden)
    return "||".join(f"{name}?~{quoted}" for name in names)


def _quoted(term: str) -> str:
    is_plain = term in {"true", "false"} or term.isdecimal()
    term = term if is_plain else term.strip("\"'`")
    escaped = term.replace('"', '\\"')
    return f'"{escaped}"'
