"""A superuser for the dashboard."""

import pytest

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


@pytest.fixture
def root(db) -> Superuser:
    save_settings(DEFAULTS)
    superusers.create_superuser(EMAIL, PASSWORD)
    return Superuser.objects.get(email=EMAIL)
