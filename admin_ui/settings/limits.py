"""The rules of the rate limits as rows of a table: read, put in the order in which they count, and labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.fields.file_field import FileField

PATH = "rateLimits.rules"
# More than anybody reads; the service compares each with all others.
MOST_ROWS = 200
_NAMES = ("label", "maxRequests", "duration", "audience")
_READS = ("list", "view")
_WRITES = ("create", "update", "delete")
_AUTH_ACTIONS = (
    "auth",
    "authWithPassword",
    "authWithOAuth2",
    "authWithOTP",
    "authRefresh",
    "listAuthMethods",
    "requestOTP",
    "requestPasswordReset",
    "confirmPasswordReset",
    "requestVerification",
    "confirmVerification",
    "requestEmailChange",
    "confirmEmailChange",
)
MOST_LABELS = 1000


@dataclass(frozen=True)
class Row:
    """A rule as its row has it; `errors` by the rule's members."""

    label: str = ""
    max_requests: str = ""
    duration: str = ""
    audience: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.label or self.max_requests or self.duration)

    def as_rule(self) -> dict[str, Any]:
        """As the settings have it; what is no number is 0, which they refuse in a sentence."""
        return {
            "label": self.label,
            "maxRequests": _number(self.max_requests),
            "duration": _number(self.duration),
            "audience": self.audience,
        }


def rows_of(rules: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [
        Row(str(rule["label"]), str(rule["maxRequests"]), str(rule["duration"]), str(rule["audience"]))
        for rule in rules
    ]


def sent_rows(form: QueryDict) -> list[Row]:
    """All rows of the table, as they stood there."""
    columns = [form.getlist(f"rule.{name}")[:MOST_ROWS] for name in _NAMES]
    return [Row(*(text.strip() for text in texts)) for texts in zip(*columns, strict=False)]


def filled_rows(form: QueryDict) -> list[Row]:
    """Without those that say nothing."""
    return [row for row in sent_rows(form) if not row.is_empty]


def in_order(rows: Sequence[Row]) -> list[Row]:
    """In the order in which they count for a request: the first one that fits does."""
    return sorted(rows, key=lambda row: precedence(row.label))


def precedence(label: str) -> tuple[int, int]:
    """
    >>> labels = ["/api/", "POST /api/", "/api/files/", "*:create", "/api/batch", "posts:create", "GET /a"]
    >>> sorted(labels, key=precedence)
    ['posts:create', '*:create', 'GET /a', 'POST /api/', '/api/batch', '/api/files/', '/api/']
    """
    if "/" not in label or ":" in label:
        return (1 if label.startswith("*") else 0, 0)
    is_prefix = label.endswith("/")
    group = (2 if " /" in label else 4) + is_prefix
    return (group, -len(label) if is_prefix else 0)


def with_errors(rows: Sequence[Row], errors: Mapping[str, str]) -> list[Row]:
    """`errors` by paths such as "rateLimits.rules.0.label"."""
    found: dict[int, dict[str, str]] = {}
    for path, text in errors.items():
        at, _, name = path.removeprefix(f"{PATH}.").partition(".")
        if path.startswith(f"{PATH}.") and at.isdigit():
            found.setdefault(int(at), {})[name] = text
    return [replace(row, errors=found.get(at, {})) for at, row in enumerate(rows)]


def known_labels() -> list[str]:
    """What a label may name: tags of all collections, and of each."""
    everywhere = [f"*:{action}" for action in (*_READS, *_WRITES, "file", *_AUTH_ACTIONS)]
    own = [
        f"{one.name}:{action}" for one in catalog().collections if not one.system for action in _actions(one)
    ]
    return [*everywhere, *own][:MOST_LABELS]


def _actions(collection: Collection) -> tuple[str, ...]:
    has_files = any(isinstance(one, FileField) for one in collection.fields)
    return (
        *_READS,
        *(() if collection.is_view else _WRITES),
        *(("file",) if has_files else ()),
        *(_AUTH_ACTIONS if collection.is_auth else ()),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0
