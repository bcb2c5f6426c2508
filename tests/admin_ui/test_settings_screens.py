"""The screens of the settings: what they save, what they keep to themselves, what they refuse and try."""

import re
from html import unescape
from typing import Any

import pytest

from admin_ui.settings.sections import SECTIONS
from platform_app.runtime_settings.shape import DEFAULTS
from tests.admin_ui.dashboard import sign_in

pytestmark = pytest.mark.django_db

SCREENS = [f"/_/settings/{name}/" for name in SECTIONS]


@pytest.fixture
def admin(client, root):
    sign_in(client)
    return client


def values_in(page: str) -> dict[str, list[str]]:
    return {}


@pytest.mark.parametrize("path", SCREENS)
def test_shows(admin, path):
    r = admin.get(path)
    assert r.status_code == 200, r.content
    from admin_ui.page_policy import POLICY
