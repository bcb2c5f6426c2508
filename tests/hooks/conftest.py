"""The world in which hooks fire."""

from collections.abc import Iterator

import pytest

from tests.auth_app.conftest import make_members, provider
from tests.auth_app.elsewhere import oauth2
from tests.collections_app.conftest import design
from tests.hooks.world import World
from tests.system_app.backups.conftest import directory
from tests.system_app.settings_row import save

__all__ = ["design", "directory", "make_members", "provider"]

TEMPLATE = {"subject": "Hello", "body": "<p>{TOKEN}{OTP}{ALERT_INFO}</p>"}


@pytest.fixture
def world(design, make_members, provider, committing) -> Iterator[World]:
    make_members(
        create_rule="",
        oauth2=oauth2(provider),
        otp={"enabled": True, "duration": 180, "length": 8, "emailTemplate": TEMPLATE},
        authAlert={"enabled": True, "emailTemplate": TEMPLATE},
        verificationTemplate=TEMPLATE,
        resetPasswordTemplate=TEMPLATE,
        confirmEmailChangeTemplate=TEMPLATE,
    )
    save(batch={"enabled": True, "maxRequests": 10, "timeout": 3})
    made = World(design, provider)
    yield made
    made.end()
