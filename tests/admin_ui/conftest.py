"""A superuser for the dashboard."""

from math import inf

import pytest

from admin_ui.logs.recent_errors import recent_errors
from auth_app import superusers
from auth_app.models import Superuser
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.limits import rate_limits
from system_app.limits.counters import Counters
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import EMAIL
from tests.auth_app.accounts import PASSWORD
from tests.auth_app.conftest import make_members

__all__ = ["make_members"]


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch):
    monkeypatch.setattr(rate_limits, "counters", Counters())


@pytest.fixture(autouse=True)
def _no_recent_errors(monkeypatch):
    """The sidebar of every page has their number; most tests have no log to count them in."""
    monkeypatch.setattr(recent_errors, "_count", 0)
    monkeypatch.setattr(recent_errors, "_until", inf)


@pytest.fixture
def root(db) -> Superuser:
    save_settings(DEFAULTS)
    superusers.create_superuser(EMAIL, PASSWORD)
    return Superuser.objects.get(email=EMAIL)
