"""Which limiter counts a request, and by which rule.

A route of a collection is known by the labels of what it does (`posts:create`, `*:create`), every route by
its path. The first label with a rule decides. Each route of a collection has a limiter of its own, whichever
rule decides; elsewhere a rule has one for all paths that it is about.
Reference: contract/system.md 10; apis/middlewares_rate_limit.go, PocketBase v0.39.11.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.system_names import SUPERUSERS
from platform_app.requests.lanes import SLASH_IN_SEGMENT
from platform_app.runtime_settings.shape import RateLimitRule, RateLimitSettings

_READS = {"GET", "HEAD"}
_RECORD_ACTIONS = {"GET": ("view",), "HEAD": ("view",), "PATCH": ("update",), "DELETE": ("delete",)}
_RECORDS_ACTIONS = {"GET": ("list",), "HEAD": ("list",), "POST": ("create",)}
_WRITES = {"create", "update", "delete"}
_AUTH_ACTIONS = {
    "auth-refresh": ("authRefresh",),
    "auth-with-password": ("authWithPassword", "auth"),
    "auth-with-oauth2": ("authWithOAuth2", "auth"),
    "auth-with-otp": ("authWithOTP", "auth"),
    "request-otp": ("requestOTP",),
    "request-password-reset": ("requestPasswordReset",),
    "confirm-password-reset": ("confirmPasswordReset",),
    "request-verification": ("requestVerification",),
    "confirm-verification": ("confirmVerification",),
    "request-email-change": ("requestEmailChange",),
    "confirm-email-change": ("confirmEmailChange",),
}
# What is remembered: decisions, and how long the paths may be that clients make up.
_MOST_DECISIONS, _LONGEST_PATH = 2000, 300
_SLASHES_BEFORE_AN_ID = 5  # /api/collections/posts/records/ID, /api/files/posts/ID/NAME


class Decision(NamedTuple):
    """A limiter is a text that no other one has; its rule is that of its first request."""

    limiter: str
    rule: RateLimitRule


class _NotMade:
    """In place of a decision that was not made yet; None is one."""


_NOT_MADE = _NotMade()
_Made = dict[tuple[str, str, bool], Decision | None]


class Decisions:
    """The decisions for one state of the settings and of the collections, remembered by route.

    Not by path: an id at the end of a path makes no difference, unless there is a rule about such paths.
    """

    def __init__(self, limits: RateLimitSettings, catalog: Catalog) -> None:
        self.limits = limits
        self.catalog = catalog
        self._labels = [rule.label for rule in limits.rules]
        self._lookups = [Lookup(limits.rules, is_auth=is_auth) for is_auth in (False, True)]
        self._of_folders: _Made = {}
        self._of_paths: _Made = {}

    def of_request(self, method: str, path: str, is_auth: bool) -> Decision | None:
        """None for what is not counted. Slashes within segments of `path` are SLASH_IN_SEGMENT."""
        folder, _, last = path.rpartition("/")
        made = self._of_folders.get((method, folder, is_auth), _NOT_MADE) if last else _NOT_MADE
        if made is _NOT_MADE:
            made = self._of_paths.get((method, path, is_auth), _NOT_MADE)
        if isinstance(made, _NotMade):
            made = self._decide(method, path, is_auth)
            if path.count("/") == _SLASHES_BEFORE_AN_ID and last and not self._is_ruled(folder):
                _remember(self._of_folders, (method, folder, is_auth), made)
            else:
                _remember(self._of_paths, (method, path, is_auth), made)
        return made

    def _is_ruled(self, folder: str) -> bool:
        """Whether there are rules about single paths in a folder."""
        return any(f"{folder}/".replace(SLASH_IN_SEGMENT, "/") in label for label in self._labels)

    def _decide(self, method: str, path: str, is_auth: bool) -> Decision | None:
        name, actions = _collection_and_actions(method, path)
        if actions:
            collection = self.catalog.find(name)
            # Of a collection that does not exist, or cannot be written: the request will be refused.
            if collection is None or (collection.is_view and actions[0] in _WRITES):
                return None
            return self.of_action(collection, actions, method, path, is_auth=is_auth)
        rule = self._lookups[is_auth].find(_path_labels(method, path))
        return None if rule is None else Decision(f"{rule.label}\n{rule.audience}", rule)

    def of_action(
        self,
        collection: Collection,
        actions: Sequence[str],
        method: str,
        path: str,
        *,
        is_auth: bool,
        is_inner: bool = False,
    ) -> Decision | None:
        """What counts an action on a collection; `is_inner` for one within a request that is about more."""
        labels = [f"{holder}:{action}" for holder in (collection.name, "*") for action in actions]
        rule = self._lookups[is_auth].find([*labels, *_path_labels(method, path)])
        if rule is None:
            return None
        limiter = "\n".join((collection.id, *actions, rule.audience, "inner" if is_inner else "", ""))
        return Decision(limiter, rule)


class Lookup:
    """The rules of one state of the settings, for those who are signed in or for guests."""

    def __init__(self, rules: Iterable[RateLimitRule], *, is_auth: bool) -> None:
        audiences = {"", "@auth" if is_auth else "@guest"}
        self._by_label: dict[str, RateLimitRule] = {}
        self._prefixes: list[tuple[str, RateLimitRule]] = []
        for rule in rules:
            if rule.audience in audiences:
                self._by_label.setdefault(rule.label, rule)
                if rule.label.endswith("/"):
                    self._prefixes.append((rule.label, rule))

    def find(self, labels: Iterable[str]) -> RateLimitRule | None:
        """The rule that decides: for each label in order the one that names it, else its first prefix."""
        for label in labels:
            if rule := self._by_label.get(label):
                return rule
            for prefix, rule in self._prefixes:
                if f"{label}/".startswith(prefix):
                    return rule
        return None


def _remember(made: _Made, key: tuple[str, str, bool], decision: Decision | None) -> None:
    if len(key[1]) <= _LONGEST_PATH:
        if len(made) >= _MOST_DECISIONS:
            made.clear()
        made[key] = decision


def _path_labels(method: str, path: str) -> list[str]:
    path = path.replace(SLASH_IN_SEGMENT, "/")
    return [f"{method} {path}", path]


def _collection_and_actions(method: str, path: str) -> tuple[str, tuple[str, ...]]:
    """The collection that a path names and what it does there; no actions for other routes."""
    actions: tuple[str, ...] | None = None
    match path.split("/"):
        case ["", "api", "collections", name, "records"]:
            actions = _RECORDS_ACTIONS.get(method)
        case ["", "api", "collections", name, "records", record] if record:
            actions = _RECORD_ACTIONS.get(method)
        case ["", "api", "collections", name, "auth-methods"]:
            actions = ("listAuthMethods",) if method in _READS else None
        case ["", "api", "collections", name, action]:
            actions = _AUTH_ACTIONS.get(action) if method == "POST" else None
        case ["", "api", "files", name, record, file] if record and file:
            actions = ("file",) if method in _READS else None
        case ["", "_", "login", ""] if method == "POST":
            # The dashboard's form signs in as `auth-with-password` does, and counts together with it.
            name, actions = SUPERUSERS, _AUTH_ACTIONS["auth-with-password"]
        case _:
            name = ""
    return (name, actions) if name and actions else ("", ())
