"""The link for the first superuser: whose token it has, and for how long that holds."""

import time

import pytest

from auth_app.installer import installer_token
from auth_app.models import Superuser
from auth_app.superusers import create_superuser, delete_superuser
from auth_app.tokens import parse_token
from collections_app.records.writing.auth_records import INSTALLER_EMAIL

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
