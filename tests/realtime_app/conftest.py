"""The world of the tests that write for real, and people to sign in."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.auth_app.conftest import make_members
from tests.realtime_app.world import World, a_world

__all__ = ["make_members"]


@pytest.fixture(scope="module")
def module_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), a_world() as world:
        yield world


@pytest.fixture
def world(module_world: World) -> Iterator[World]:
    """Collections and people whose changes are told to clients of a hub of its own."""
    module_world.people()
    yield module_world
    module_world.restore()
