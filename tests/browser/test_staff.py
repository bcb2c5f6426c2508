"""Staff in the browser: somebody is let in, and works within the rights; histories; models of apps."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import SUPERUSER, new_data_dir
from tests.browser.dashboard_world import HOSTILE, made
from tests.browser.screens import SIZES, axe_source, keep_screenshot, sign_in, too_wide, violations
from tests.served import Server, start

PERSON, PASSWORD = "person0@example.com", "1234567890"
POSTS = "/_/collections/posts/"
# An app's admin.py, as short as a drop-in file makes it.
ADMIN = """
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session


@admin.register(Permission)
class PermissionAdmin(admin.ModelAdmin):
    list_display = ("name", "codename", "content_type")
    list_filter = ("content_type",)
    search_fields = ("name",)


@admin.register(Session)
class SessionAdmin(admin.ModelAdmin):
    list_display = ("expire_date",)
    fields = ("expire_date",)
    date_hierarchy = "expire_date"
"""

World = tuple[Server, dict[str, list[str]]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("staff")
    hooks = folder / "pb_hooks"
    hooks.mkdir()
    (hooks / "admin.py").write_text(ADMIN)
    server = start(new_data_dir(folder), HOOKS_DIR=str(hooks))
    try:
        yield server, made(server)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest.fixture(scope="module")
def let_in(chromium: Browser, world: World) -> None:
    """What the superuser does first: a group, a member, and some changes to look back at."""
    server, ids = world
    with tab_in(chromium, server.url) as tab:
        sign_in(tab)
        page = tab.page
        tab.open("/_/staff-accounts/groups/new/")
        page.fill("#group-name", "Editors")
        page.get_by_label("Change records of posts").check()
        page.get_by_label("See records of tags").check()
        page.get_by_label("See records of post_stats").check()
        page.get_by_label("Can view permission").check()
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".staff")).to_contain_text("Editors")
        tab.open("/_/staff-accounts/members/new/")
        page.select_option("#id_collection", label="users")
        page.fill("#id_email", PERSON)
        page.get_by_label("Editors").check()
        page.get_by_role("button", name="Add").click()
        expect(page.locator(".staff")).to_contain_text(PERSON)
        for title in ("A better title", HOSTILE):
            tab.open(f"{POSTS}records/{ids['posts'][2]}/")
            page.fill("#field-title", title)
            page.locator(".save-bar button.primary").click()
            expect(page.locator("#toasts")).to_contain_text("Saved")
        tab.open("/_/collections/orders/new/")
        page.fill("#field-name", "One order")
        page.locator(".save-bar button.primary").click()
        expect(page.locator("#toasts")).to_contain_text("Created")
        address = page.url.removeprefix(server.url).partition("?")[0]
        tab.open(f"{address}delete/")
        page.get_by_role("button", name="Delete the record").click()
        expect(page.locator("#toasts")).to_contain_text("Deleted")
        tab.check()


def as_person(tab: Tab) -> None:
    tab.open("/_/login/")
    tab.page.fill("#id_username", PERSON)
    tab.page.fill("#id_password", PASSWORD)
    tab.page.click("[type=submit]")
    tab.page.wait_for_url(f"{tab.base}/_/")


@pytest.fixture
def staff(chromium: Browser, world: World, let_in: None) -> Iterator[Tab]:
    with tab_in(chromium, world[0].url, viewport={"width": 1440, "height": 900}) as tab:
        as_person(tab)
        yield tab
        tab.check()


@pytest.fixture
def root(chromium: Browser, world: World, let_in: None) -> Iterator[Tab]:
    with tab_in(chromium, world[0].url, viewport={"width": 1440, "height": 900}) as tab:
        sign_in(tab)
        yield tab
        tab.check()


def test_staff_sees_its_collections_and_nothing_else(staff: Tab) -> None:
    nav = staff.page.locator("#sidebar")
    expect(nav.locator("#nav-collections .nav-item")).to_have_count(3)
    expect(nav).not_to_contain_text("_superusers")
    expect(nav).not_to_contain_text("orders")
    expect(staff.page.locator(".account")).to_contain_text("Staff")
    expect(staff.page.locator("#content")).to_contain_text("Your collections")


def test_staff_changes_a_record_and_leaves_what_it_may_not_see(staff: Tab, world: World) -> None:
    record = world[1]["posts"][4]
    staff.open(f"{POSTS}records/{record}/")
    page = staff.page
    expect(page.get_by_role("link", name="Delete…")).to_have_count(0)
    expect(page.locator("#new-record")).to_have_count(0)
    page.fill("#field-title", "Written by staff")
    page.locator(".save-bar button.primary").click()
    expect(page.locator("#toasts")).to_contain_text("Saved")
    page.get_by_role("link", name="History").last.click()
    expect(page.locator(".history")).to_contain_text(PERSON)
    expect(page.locator(".history ins").first).to_contain_text("Written by staff")
    staff.may_fail = ("/_/collections/users/",)
    answer = page.goto(f"{staff.base}/_/collections/users/")
    assert answer is not None
    assert answer.status == 403


def test_the_history_shows_who_what_and_before(root: Tab, world: World) -> None:
    root.page.on("dialog", lambda dialog: root.complaints.append("a script of a record ran"))
    root.open(f"{POSTS}records/{world[1]['posts'][2]}/history/")
    expect(root.page.locator(".history-entry")).to_have_count(2)
    first = root.page.locator(".history-entry").first
    expect(first.locator("ins")).to_contain_text(HOSTILE)
    expect(first.locator("del")).to_contain_text("A better title")
    expect(first).to_contain_text(SUPERUSER)
    root.open("/_/change-history/?kind=delete")
    expect(root.page.locator(".history-entry").first).to_contain_text("One order")


def test_a_deleted_record_is_made_again(root: Tab) -> None:
    root.open("/_/collections/orders/history/")
    root.page.get_by_role("button", name="Make it again").first.click()
    expect(root.page.locator("#field-name")).to_have_value("One order")


def test_models_of_apps_are_there(root: Tab) -> None:
    page = root.page
    root.open("/_/auth/permission/?q=group")
    expect(page.locator("#result_list tbody tr")).to_have_count(4)
    page.locator("#result_list tbody th a").first.click()
    expect(page.locator("#id_name")).to_be_visible()
    page.fill("#id_name", "Can add groups")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("changed successfully")


SCREENS = (
    ("staff-list", "/_/staff-accounts/", ".staff"),
    ("staff-member", "/_/staff-accounts/members/{user}/", "#member-form"),
    ("staff-group", "/_/staff-accounts/groups/1/", "#group-form"),
    ("history-full", "/_/change-history/", ".history-entry"),
    ("history-record", POSTS + "records/{post}/history/", ".history-entry"),
    ("history-collection-full", POSTS + "history/", ".history-entry"),
    ("models-list", "/_/auth/permission/", "#result_list"),
    ("models-form", "/_/auth/permission/1/change/", "#id_name"),
    ("models-add", "/_/auth/permission/add/", "#id_name"),
    ("models-delete", "/_/auth/permission/1/delete/", "#content"),
    ("models-history", "/_/auth/permission/1/history/", "#content"),
    ("models-app", "/_/auth/", "#content"),
    ("models-dates", "/_/sessions/session/add/", "#content-main"),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [SIZES[0], SIZES[2]], ids=["wide", "phone"])
def test_screens_with_something_in_them(
    chromium: Browser, world: World, let_in: None, axe: str, size: Any, scheme: str
) -> None:
    server, ids = world
    wrong = {}
    with tab_in(chromium, server.url, color_scheme=scheme, **size.options) as tab:
        sign_in(tab)
        for name, address, ready in SCREENS:
            tab.open(address.format(post=ids["posts"][2], user=ids["users"][0]))
            tab.page.wait_for_selector(ready)
            tab.page.wait_for_load_state("networkidle")
            keep_screenshot(tab, f"{name}-{size.name}-{scheme}")
            if found := [*violations(tab, axe), *(f"too wide: {part}" for part in too_wide(tab))]:
                wrong[name] = found
        tab.check()
    with tab_in(chromium, server.url, color_scheme=scheme, **size.options) as tab:
        as_person(tab)
        for name, address in (
            ("as-staff-home", "/_/"),
            ("as-staff-list", POSTS),
            ("as-staff-form", f"{POSTS}records/{ids['posts'][2]}/"),
            ("as-staff-tags", "/_/collections/tags/"),
        ):
            tab.open(address)
            tab.page.wait_for_load_state("networkidle")
            keep_screenshot(tab, f"{name}-{size.name}-{scheme}")
            if found := [*violations(tab, axe), *(f"too wide: {part}" for part in too_wide(tab))]:
                wrong[name] = found
        tab.check()
    assert wrong == {}
