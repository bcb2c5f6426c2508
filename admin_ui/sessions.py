"""Sessions of the dashboard: opened by a sign-in, ended by what ends the account's tokens.

With every request is looked at what keeps one open: the account and its key (`get_session_auth_hash` of
`auth_app.models.Superuser` and `admin_ui.models.StaffMember`), the time, and the address
(`admin_ui.middleware`).
"""

from datetime import UTC, datetime, timedelta

from django.contrib.auth import login
from django.http import HttpRequest

from admin_ui.models import StaffMember
from auth_app.models import Superuser

Account = Superuser | StaffMember

BACKEND = "auth_app.superusers.SuperuserBackend"
STAFF_BACKEND = "admin_ui.staff.members.StaffBackend"


def open_session(request: HttpRequest, account: Account, *, duration_seconds: int) -> None:
    """Sign this browser in for so long, whatever it does meanwhile; sessions that are over are removed."""
    session = request.session
    # Always under a new key, also for somebody who is signed in: nobody may know it beforehand.
    session.flush()
    backend = STAFF_BACKEND if isinstance(account, StaffMember) else BACKEND
    login(request, account, backend=backend)  # type: ignore[arg-type]  # to Django any user will do
    session.set_expiry(datetime.now(UTC) + timedelta(seconds=duration_seconds))
    session.clear_expired()
