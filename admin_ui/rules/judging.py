"""What is wrong with a rule, and where: the compiler's own words, at the name that it means."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.translation import gettext

from admin_ui.rules.boxes import KINDS, RuleBox
from admin_ui.rules.completing import names_beside
from admin_ui.rules.no_names import TEXT_OR_COMMENT
from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.resolving import check_rule
from platform_app.database.rows import vendor
from platform_app.wire.errors import sentenize
from platform_app.wire.nul_characters import NUL, REFUSED

_PARTS = re.compile(rf"{TEXT_OR_COMMENT}|(?P<name>[A-Za-z@_#][\w.:@]*)(?P<call>\()?", re.DOTALL)
_WORDS = frozenset({"true", "false", "null"})
_MOST_NAMES = 60


@dataclass(frozen=True)
class Problem:
    """`start` and `end` are places in the text, the same where it is about all of it; `instead` may be
    meant."""

    text: str
    start: int = 0
    end: int = 0
    instead: str = ""

    def as_json(self) -> dict[str, str | int]:
        return {"text": self.text, "from": self.start, "to": self.end, "instead": self.instead}


def problem_of(box: RuleBox, collection: Collection, catalog: Catalog) -> Problem | None:
    """None for a rule that can be saved."""
    rule = box.rule
    if not rule:
        is_refused = rule == "" and not KINDS[box.kind.name].everybody
        return Problem(gettext("Cannot be empty: write a rule, or let nobody.")) if is_refused else None
    if NUL in rule and vendor() != "sqlite":
        return Problem(REFUSED.message)
    try:
        check_rule(collection, rule, catalog)
    except FilterError as error:
        return _placed(rule, collection, catalog) or Problem(sentenize(str(error)))
    return None


def _placed(rule: str, collection: Collection, catalog: Catalog) -> Problem | None:
    """The first name that does not stand for anything by itself."""
    seen: set[str] = set()
    for found in _PARTS.finditer(rule):
        name = found["name"]
        if name is None or found["call"] or name in seen or name in _WORDS or len(seen) == _MOST_NAMES:
            continue
        seen.add(name)
        try:
            check_rule(collection, f"{name} != 1", catalog)
        except FilterError as error:
            return _problem(str(error), name, found.start("name"), collection, catalog)
    return None


def _problem(told: str, name: str, start: int, collection: Collection, catalog: Catalog) -> Problem:
    wanted, _, _ = name.partition(":")
    near = get_close_matches(wanted, names_beside(wanted, collection, catalog), n=1, cutoff=0.5)
    told = told.rpartition(" - ")[2].rstrip(".")  # before it stands on which side of the sign the name is
    words = gettext("{problem} at {place}.").format(problem=told, place=start + 1)
    return Problem(words[:1].upper() + words[1:], start, start + len(wanted), near[0] if near else "")
