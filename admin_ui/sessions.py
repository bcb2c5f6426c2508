"""Sessions of the dashboard: opened by a sign-in, ended by what ends the account's tokens, or by hand.

With every request is looked at what keeps one open: the account and its key (`get_session_auth_hash` of
`auth_app.models.Superuser` and `admin_ui.models.StaffMember`), the time, and the address
(`admin_ui.middleware`).
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, login
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from admin_ui.models import StaffMember
from auth_app.models import Superuser
from platform_app.database.lanes import check_time
from platform_app.requests.client_ip import real_ip

Account = Superuser | StaffMember

BACKEND = "auth_app.superusers.SuperuserBackend"
STAFF_BACKEND = "admin_ui.staff.members.StaffBackend"
# More than a page shows; those that last longest are looked at.
MOST_SESSIONS = 500
_LONGEST_AGENT = 300
_OPENED = "opened"
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class OpenSession:
    """A browser that is signed in. `handle` names it without being its key; `began` None for older ones."""

    handle: str
    email: str
    began: datetime | None
    ends: datetime
    ip: str
    agent: str
    is_own: bool

    @property
    def browser(self) -> str:
        """The browser and its system in two words, as far as it says so."""
        found = [
            next((name for sign, name in signs if sign in self.agent), "") for signs in (_BROWSERS, _SYSTEMS)
        ]
        return ", ".join(filter(None, found))


def open_session(request: HttpRequest, account: Account, *, duration_seconds: int) -> None:
    """Sign this browser in for so long, whatever it does meanwhile; sessions that are over are removed."""
    session = request.session
    # Always under a new key, also for somebody who is signed in: nobody may know it beforehand.
    session.flush()
    backend = STAFF_BACKEND if isinstance(account, StaffMember) else BACKEND
    login(request, account, backend=backend)  # type: ignore[arg-type]  # to Django any user will do
    session.set_expiry(datetime.now(UTC) + timedelta(seconds=duration_seconds))
    session[_OPENED] = {
        "at": datetime.now(UTC).isoformat(),
        "ip": real_ip(request),
        "agent": request.META.get("HTTP_USER_AGENT", "")[:_LONGEST_AGENT],
    }
    session.clear_expired()


def open_sessions(request: HttpRequest) -> list[OpenSession]:
    """Of all superusers and staff; this browser's first, then the newest."""
    found = [_described(row, data, person, request) for row, data, person in _valid()]
    return sorted(found, key=lambda one: (not one.is_own, -(one.began or one.ends).timestamp()))


def end_sessions(handles: Collection[str]) -> int:
    """How many there were."""
    keys = [row.session_key for row, _data, _person in _valid() if _handle(row.session_key) in handles]
    sessions = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in keys:
        sessions.delete(key)  # from wherever the engine keeps it beside the table
    return len(keys)


def are_listed() -> bool:
    """Whether sessions are in the table, not only in a cache or in cookies."""
    return settings.SESSION_ENGINE.endswith((".db", ".cached_db"))


def _valid() -> Iterator[tuple[Session, dict[str, Any], Account]]:
    """Those that would let somebody in; what ended otherwise stays in the table until its time is over."""
    people: dict[str, Account] = {person.pk: person for person in Superuser.objects.all()[:MOST_SESSIONS]}
    for member in StaffMember.objects.filter(is_active=True)[:MOST_SESSIONS]:
        people.setdefault(member.pk, member)
    now = datetime.now(UTC)
    for row in Session.objects.filter(expire_date__gt=now).order_by("-expire_date")[:MOST_SESSIONS]:
        check_time()
        data = row.get_decoded()
        person = people.get(str(data.get(SESSION_KEY)))
        if person and constant_time_compare(data.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash()):
            yield row, data, person


def _described(row: Session, data: dict[str, Any], person: Account, request: HttpRequest) -> OpenSession:
    opened = data.get(_OPENED) or {}
    return OpenSession(
        handle=_handle(row.session_key),
        email=person.email,
        began=datetime.fromisoformat(opened["at"]) if "at" in opened else None,
        ends=row.expire_date,
        ip=opened.get("ip", ""),
        agent=opened.get("agent", ""),
        is_own=row.session_key == request.session.session_key,
    )


def _handle(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()
