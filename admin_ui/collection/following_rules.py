"""Rules of a collection under new names of its fields: they follow, as indexes do.

A rule with a name that is gone is refused, and a name that is not there yet cannot be written into one. So
without this, a field that a rule names could never get another name here.
"""

import re
from collections.abc import Mapping

from admin_ui.collection.review import rules_of
from admin_ui.rules.no_names import TEXT_OR_COMMENT
from collections_app.collection import Collection

_NO_NAMES = re.compile(rf"({TEXT_OR_COMMENT})", re.DOTALL)
_PATH = re.compile(r"[A-Za-z@_#][A-Za-z0-9_.:]*")
_BODY = ("@request", "body")


def followed_rules(collection: Collection, new_names: Mapping[str, str], name: str) -> dict[str, str]:
    """The rules that say something else when fields and the collection have new names, by their API names.

    `new_names` are by the old ones in lower case; `name` is the collection's own then.
    """
    rules = {key: rule for key, rule in rules_of(collection).items() if rule}
    followed = {key: renamed_rule(rule, new_names, (collection.name, name)) for key, rule in rules.items()}
    return {key: rule for key, rule in followed.items() if rule != rules[key]}


def renamed_rule(rule: str, new_names: Mapping[str, str], owner: tuple[str, str]) -> str:
    """`owner` is the old and the new name of the rule's collection.

    >>> renamed_rule("a.id = 'a' && @request.body.a:isset = b", {"a": "c"}, ("posts", "posts"))
    "c.id = 'a' && @request.body.c:isset = b"
    >>> renamed_rule("@collection.posts:x.a ?= a:lower", {"a": "c"}, ("posts", "news"))
    '@collection.news:x.c ?= c:lower'
    """

    def followed(found: re.Match[str]) -> str:
        parts = found[0].split(".")
        at = 0
        if tuple(parts[:2]) == _BODY:
            at = 2
        elif parts[0] == "@collection" and len(parts) > 1 and _is(parts[1], owner[0]):
            parts[1] = _renamed(parts[1], {owner[0].lower(): owner[1]})
            at = 2
        elif parts[0].startswith("@"):
            return found[0]
        if at < len(parts):
            parts[at] = _renamed(parts[at], new_names)
        return ".".join(parts)

    pieces = _NO_NAMES.split(rule)
    return "".join(piece if at % 2 else _PATH.sub(followed, piece) for at, piece in enumerate(pieces))


def _is(part: str, name: str) -> bool:
    return part.partition(":")[0].lower() == name.lower()


def _renamed(part: str, new_names: Mapping[str, str]) -> str:
    """A part of a path under its new name, with its modifiers."""
    name, colon, modifiers = part.partition(":")
    return f"{new_names.get(name.lower(), name)}{colon}{modifiers}"
