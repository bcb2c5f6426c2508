"""The link for the first superuser: whose token it has, and for how long that holds."""

import time

import pytest

from auth_app import installer
from auth_app.installer import installer_token
from auth_app.models import Superuser
from auth_app.superusers import SuperuserError, create_superuser, delete_superuser
from auth_app.tokens import parse_token
from collections_app import events
from collections_app.records.writing.auth_records import INSTALLER_EMAIL
from platform_app.wire.errors import BadRequest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody():
    Superuser.objects.all().delete()


def test_without_superusers_there_is_one_for_half_an_hour(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    token = parse_token(installer_token())
    installer = Superuser.objects.get()
    assert installer.email == INSTALLER_EMAIL
    assert dict(token.claims) == {
        "collectionId": token.collection_id,
        "exp": 1_001_800,
        "id": installer.pk,
        "refreshable": False,
        "type": "auth",
    }


def test_a_second_start_uses_the_same_account():
    first, second = parse_token(installer_token()), parse_token(installer_token())
    assert first.record_id == second.record_id
    assert Superuser.objects.count() == 1


def test_with_a_superuser_there_is_none():
    installer_token()
    create_superuser("ann@example.com", "1234567890")
    assert installer_token() is None
    assert [superuser.email for superuser in Superuser.objects.all()] == ["ann@example.com"]


def test_when_the_only_one_is_the_installers_it_is_there_still():
    installer_token()
    with pytest.raises(ValueError, match="superuser"):
        delete_superuser(INSTALLER_EMAIL)
    assert installer_token() is not None


def test_of_two_servers_that_start_at_once_both_have_the_account(monkeypatch):
    """The other one makes it between the look of this one and its save."""
    other = parse_token(installer_token())
    looks = iter([None, installer.find_by_email(installer.superusers_collection(), INSTALLER_EMAIL)])
    monkeypatch.setattr(installer, "find_by_email", lambda collection, email: next(looks))
    assert parse_token(installer_token()).record_id == other.record_id
    assert Superuser.objects.count() == 1


def test_a_hook_may_refuse_the_account(connect):
    def refuse(event, **kwargs):
        raise BadRequest("Not here.")

    connect(events.record_create, refuse, collection="_superusers")
    with pytest.raises(SuperuserError, match="Not here"):
        installer_token()
    assert Superuser.objects.count() == 0
