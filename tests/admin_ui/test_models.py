"""Django's own models and people's apps in the dashboard: by Django's permissions, in our clothes."""

import importlib
import re

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import clear_url_caches

import admin_ui.urls
import config.urls
from admin_ui.models import StaffMember
from admin_ui.page_policy import POLICY
from collections_app.catalog import find_collection
from tests.admin_ui.dashboard import EMAIL, sign_in
from tests.auth_app.accounts import join

pytestmark = pytest.mark.django_db

MODELS = "/_/auth/permission/"
ALICE = "alice@example.com"


class PermissionAdmin(django_admin.ModelAdmin):
    list_display = ("name", "codename", "content_type")
    list_filter = ("content_type",)
    search_fields = ("name",)


def _urls():
    importlib.reload(admin_ui.urls)
    importlib.reload(config.urls)
    clear_url_caches()


@pytest.fixture(autouse=True)
def registered(root):
    """As an app's `admin.py` does it, before the addresses are made."""
    django_admin.site.register(Permission, PermissionAdmin)
    _urls()
    yield
    django_admin.site.unregister(Permission)
    _urls()


@pytest.fixture
def one():
    return Permission.objects.order_by("pk").first()


@pytest.fixture
def admin(client):
    sign_in(client)
    return client


@pytest.fixture
def alice(make_members):
    """Somebody of the staff, whose group has no permission yet."""
    make_members()
    join("members", "alice0000000001", email=ALICE)
    member = StaffMember.objects.create(id="alice0000000001", collection_id=find_collection("members").id)
    member.groups.add(Group.objects.create(name="editors"))
    browser = Client()
    assert sign_in(browser, ALICE).status_code == 302
    return browser


def allow(*codenames):
    Group.objects.get().permissions.set(Permission.objects.filter(codename__in=codenames))


class TestForSuperusers:
    def test_they_are_in_the_sidebar(self, admin):
        assert f'href="{MODELS}"' in admin.get("/_/").content.decode()

    @pytest.mark.parametrize("path", ["", "add/", "{pk}/change/", "{pk}/delete/", "{pk}/history/"])
    def test_their_pages_wear_our_clothes(self, admin, one, path):
        response = admin.get(MODELS + path.format(pk=one.pk))
        page = response.content.decode()
        assert response.status_code == 200
        assert response["Content-Security-Policy"] == POLICY
        assert "admin_ui/models." in page
        assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page) == []
        assert page.count("<h1") == 1
        assert '<a href="/_/auth/">' in page

    def test_what_is_saved_is_in_djangos_history_by_name(self, admin, one):
        values = {"name": "Renamed", "codename": one.codename, "content_type": one.content_type_id}
        assert admin.post(f"{MODELS}{one.pk}/change/", values).status_code == 302
        page = admin.get(f"{MODELS}{one.pk}/history/").content.decode()
        assert f"<td>{EMAIL}</td>" in page
        assert "Changed Name" in page

    def test_groups_have_a_page_of_ours_only(self, admin):
        assert not django_admin.site.is_registered(Group)
        assert admin.get("/_/auth/group/").status_code == 404


class TestForStaff:
    def test_nothing_without_a_permission(self, alice, one):
        assert f'href="{MODELS}"' not in alice.get("/_/").content.decode()
        for path in ("", "add/", f"{one.pk}/change/", f"{one.pk}/delete/", f"{one.pk}/history/"):
            assert alice.get(MODELS + path).status_code == 403, path
        assert alice.get("/_/auth/").status_code == 404

    def test_to_view_is_not_to_change(self, alice, one):
        allow("view_permission")
        assert f'href="{MODELS}"' in alice.get("/_/").content.decode()
        page = alice.get(f"{MODELS}{one.pk}/change/").content.decode()
        assert one.name in page
        assert 'name="_save"' not in page
        assert alice.post(f"{MODELS}{one.pk}/change/", {"name": "x"}).status_code == 403
        assert alice.get(f"{MODELS}add/").status_code == 403

    def test_what_it_changes_is_told_by_its_name(self, alice, one):
        allow("view_permission", "change_permission")
        values = {"name": "Renamed", "codename": one.codename, "content_type": one.content_type_id}
        assert alice.post(f"{MODELS}{one.pk}/change/", values).status_code == 302
        assert LogEntry.objects.get().user_id == "alice0000000001"
        assert f"<td>{ALICE}</td>" in alice.get(f"{MODELS}{one.pk}/history/").content.decode()

    def test_permissions_are_given_on_the_page_of_a_group(self, admin, alice):
        group = Group.objects.get()
        view = Permission.objects.get(codename="view_permission")
        other = Permission.objects.get(codename="add_session")  # of a model that is not here
        values = {"name": "editors", "permissions": [str(view.pk), str(other.pk)]}
        admin.post(f"/_/staff-accounts/groups/{group.pk}/", values)
        assert list(group.permissions.all()) == [view]
        assert alice.get(MODELS).status_code == 200
