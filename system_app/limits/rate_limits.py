"""Rate limits: how often one address may call a route.

A route of a collection is known by the labels of what it does (`posts:create`, `*:create`), every route by
its path. The first label with a rule decides, and a rule's counter starts anew at the end of each window.
Reference: contract/system.md 10; apis/middlewares_rate_limit.go, PocketBase v0.39.11.
"""

from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import NamedTuple

from django.http import HttpRequest

from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.system_names import SUPERUSERS
from collections_app.views.guards import auth_record
from platform_app.requests.client_ip import is_listed, real_ip
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import RateLimitRule, RateLimitSettings
from platform_app.wire.errors import TooManyRequests
from system_app.limits.counters import Counters, Counting

# The dashboard's form signs in as `auth-with-password` of `_superusers` does, and counts together with it.
_DASHBOARD_SIGN_IN = ("authWithPassword", "auth")

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


class Visitor(NamedTuple):
    """Who calls: an address, "" when it is not known, and the signed-in record."""

    ip: str
    auth: Record | None


def check_request(method: str, path: str, visitor: Visitor, *, label_path: str | None = None) -> None:
    """Count a request to the decoded `path`. Raises TooManyRequests.

    `label_path` is how rules see it, where that differs: with slashes that do not part its segments.
    A route of a collection that does not exist, or cannot be written, is not counted: it will be refused.
    """
    limits = current().rate_limits
    if not limits.enabled or _is_exempt(limits, visitor):
        return
    seen = path if label_path is None else label_path
    labels = [f"{method} {seen}", seen]
    name, actions = _collection_and_actions(method, path)
    if not actions:
        if rule := _lookup(limits, visitor.auth is not None).find(labels):
            _count(limits, rule, (rule.label, rule.audience), visitor)
        return
    collection = find_collection(name)
    if collection is not None and not (collection.is_view and actions[0] in _WRITES):
        _check_collection(limits, collection, actions, labels, visitor, is_inner=False)


def visitor_of(request: HttpRequest) -> Visitor:
    return Visitor(real_ip(request), auth_record(request))


def check_inner_write(
    request: HttpRequest, collection: Collection, action: str, method: str, path: str
) -> None:
    """Count a write within a request that is about more, such as a batch or an OAuth2 sign-up.

    It is counted apart from the same write as a request of its own. Raises TooManyRequests.
    """
    limits = current().rate_limits
    if not limits.enabled:
        return
    visitor = visitor_of(request)
    if _is_exempt(limits, visitor):
        return
    _check_collection(limits, collection, (action,), [f"{method} {path}", path], visitor, is_inner=True)


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


@lru_cache(maxsize=4)
def _lookup(limits: RateLimitSettings, is_auth: bool) -> Lookup:
    return Lookup(limits.rules, is_auth=is_auth)


def _collection_and_actions(method: str, path: str) -> tuple[str, tuple[str, ...]]:
    """The collection that a path names and what it does there; no actions for other routes.

    In the reference these routes have a limiter of their own.
    """
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
            name, actions = SUPERUSERS, _DASHBOARD_SIGN_IN
        case _:
            name = ""
    return (name, actions) if name and actions else ("", ())


def _check_collection(
    limits: RateLimitSettings,
    collection: Collection,
    actions: tuple[str, ...],
    path_labels: list[str],
    visitor: Visitor,
    *,
    is_inner: bool,
) -> None:
    name = collection.name
    if len(actions) == 1:
        labels = [f"{name}:{actions[0]}", f"*:{actions[0]}", *path_labels]
    else:
        labels = [f"{holder}:{action}" for holder in (name, "*") for action in actions] + path_labels
    rule = _lookup(limits, visitor.auth is not None).find(labels)
    if rule is not None:
        # Whichever rule matched, each of a collection's routes counts for itself.
        _count(limits, rule, (collection.id, actions, rule.audience, is_inner), visitor)


def _is_exempt(limits: RateLimitSettings, visitor: Visitor) -> bool:
    if visitor.auth is not None and visitor.auth.collection.name == SUPERUSERS:
        return True
    return not visitor.ip or (bool(limits.excluded_ips) and is_listed(visitor.ip, limits.excluded_ips))


def _count(limits: RateLimitSettings, rule: RateLimitRule, limiter: Hashable, visitor: Visitor) -> None:
    if not counters.take(limits, rule, limiter, visitor.ip):
        raise TooManyRequests


# Of this process; servers count with others (system_app/limits/shared_counting.py).
counters: Counting = Counters()
