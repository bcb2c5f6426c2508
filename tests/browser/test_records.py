"""What people do with records in the dashboard: by pointer, by keys, without scripts."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.dashboard_world import HOSTILE, world_shown
from tests.browser.screens import sign_in
from tests.served import Server

POSTS = "/_/collections/posts/"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, list[str]]]]:
    with world_shown(tmp_path_factory.mktemp("records")) as world:
        yield world


@pytest.fixture
def inside(chromium: Browser, world: tuple[Server, dict[str, list[str]]]) -> Iterator[Tab]:
    """A tab of who has signed in, in a zone that is not UTC."""
    options = {"viewport": {"width": 1440, "height": 900}, "timezone_id": "Europe/Helsinki"}
    with tab_in(chromium, world[0].url, **options) as tab:
        sign_in(tab)
        yield tab


def address(tab: Tab) -> str:
    parts = urlsplit(tab.page.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def open_list(tab: Tab, query: str = "") -> None:
    tab.open(POSTS + query)
    tab.page.wait_for_load_state("networkidle")


def open_row(tab: Tab, number: int) -> str:
    """Opens a row's record; returns what it is called."""
    link = tab.page.locator(f"#rows tbody tr:nth-child({number}) .title-cell a")
    label = link.inner_text()
    link.click()
    expect(tab.page.locator(".panel-title")).to_have_text(label)
    expect(tab.page.locator("#record-form[hx-boost][data-is-ready=true]")).to_be_attached()
    return label


def test_hostile_content_is_text_everywhere(inside: Tab) -> None:
    inside.page.on("dialog", lambda dialog: inside.complaints.append("a script of a record ran"))
    open_list(inside, "?filter=onerror")
    expect(inside.page.locator("#rows tbody tr:first-child .title-cell a")).to_have_text(HOSTILE)
    open_row(inside, 1)
    expect(inside.page.locator("#field-title")).to_have_value(HOSTILE)


def test_saving_on_page_two_stays_there(inside: Tab) -> None:
    open_list(inside, "?page=2")
    open_row(inside, 3)
    inside.page.evaluate("window.isThisPage = true; document.querySelector('#rows').scrollTop = 40")
    inside.page.fill("#field-title", "Renamed")
    expect(inside.page.locator(".changes")).to_have_text("1 change")
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".toast")).to_contain_text("Saved.")
    expect(inside.page.locator("#rows tbody tr.current .title-cell a")).to_have_text("Renamed")
    assert address(inside).endswith("/?page=2")
    assert inside.page.evaluate("window.isThisPage")  # nothing but its parts was loaded


def test_what_is_refused_is_told_and_can_be_corrected(inside: Tab) -> None:
    open_list(inside)
    open_row(inside, 2)
    inside.page.fill("#field-rating", "99")
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator("#field-rating-error")).to_have_text("Must be less or equal than 5.")
    expect(inside.page.locator("#problem")).to_be_focused()
    inside.page.fill("#field-rating", "3")
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator("#problem")).to_have_count(0)
    expect(inside.page.locator("#field-rating")).to_have_value("3")


def test_unsaved_changes_are_not_lost_silently(inside: Tab) -> None:
    open_list(inside)
    open_row(inside, 4)
    inside.page.fill("#field-title", "Half a thought")
    inside.page.keyboard.press("Escape")
    expect(inside.page.locator("#leave")).to_be_visible()
    inside.page.click("#leave [value=stay]")
    expect(inside.page.locator("#field-title")).to_have_value("Half a thought")
    inside.page.keyboard.press("Escape")
    inside.page.click("#leave [value=go]")
    expect(inside.page.locator("#panel")).to_be_hidden()
    assert address(inside) == POSTS


def test_back_closes_what_forward_opened(inside: Tab) -> None:
    open_list(inside)
    open_row(inside, 2)
    inside.page.go_back()
    expect(inside.page.locator("#panel")).to_be_hidden()
    inside.page.go_forward()
    expect(inside.page.locator("#record-form")).to_be_visible()


def test_a_date_is_typed_in_local_time_and_kept_in_utc(inside: Tab) -> None:
    open_list(inside)
    open_row(inside, 2)
    clock = inside.page.locator("#field-published")
    clock.fill("2026-06-01T12:30:00")
    clock.blur()
    kept = inside.page.locator("[name='field.published']")
    expect(kept).to_have_value("2026-06-01 09:30:00.000Z")
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".toast")).to_contain_text("Saved.")
    expect(inside.page.locator("#field-published")).to_have_value("2026-06-01T12:30")


def test_enter_in_a_line_changes_nothing(inside: Tab) -> None:
    open_list(inside)
    label = open_row(inside, 3)
    inside.page.focus("#field-title")
    inside.page.keyboard.press("Enter")
    expect(inside.page.locator("#field-title")).to_have_value(label)
    expect(inside.page.locator(".changes")).to_be_hidden()


def test_a_relation_is_found_by_its_name(inside: Tab) -> None:
    open_list(inside)
    open_row(inside, 2)
    field = inside.page.locator("fieldset", has_text="author").first
    field.get_by_role("button", name="Change").click()
    field.locator("[data-search]").fill("lena")
    expect(field.get_by_role("option")).to_have_count(1)
    inside.page.keyboard.press("ArrowDown")
    inside.page.keyboard.press("Enter")
    expect(field.locator("[data-chosen] li", has_text="Lena Ohm")).to_be_visible()
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator("#rows tbody tr.current")).to_contain_text("Lena Ohm")


def test_a_new_record_by_keys_alone(inside: Tab) -> None:
    open_list(inside)
    inside.page.keyboard.press("n")
    expect(inside.page.locator("#record-form[hx-boost][data-is-ready=true]")).to_be_attached()
    expect(inside.page.locator(".changes")).to_be_hidden()
    inside.page.focus("#field-title")
    inside.page.keyboard.type("Made by keys")
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".toast")).to_contain_text("Created.")
    expect(inside.page.locator("#rows tbody tr:first-child .title-cell a")).to_have_text("Made by keys")
    inside.page.keyboard.press("Escape")
    expect(inside.page.locator("#panel")).to_be_hidden()
    inside.page.keyboard.press("j")
    inside.page.keyboard.press("x")
    expect(inside.page.locator(".selection-bar")).to_be_visible()


def test_a_range_is_selected_and_deleted(inside: Tab) -> None:
    open_list(inside, "?sort=title")
    boxes = inside.page.locator("#rows tbody .check-cell input")
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    assert inside.page.locator("#rows tbody .check-cell :checked").count() == 3
    inside.page.click(".selection-bar .danger")
    inside.page.click("#content .danger-fill")
    expect(inside.page.locator(".toast")).to_contain_text("Deleted 3 records.")
    assert address(inside) == f"{POSTS}?sort=title"


def test_filter_sort_and_count(inside: Tab) -> None:
    open_list(inside)
    inside.page.keyboard.press("/")
    inside.page.keyboard.type("harbours")
    inside.page.keyboard.press("Enter")
    expect(inside.page.locator("#count")).to_contain_text("match")
    inside.page.click("#rows th:nth-child(2) a")
    expect(inside.page.locator("#rows th[aria-sort]")).to_contain_text("title")
    assert address(inside) == f"{POSTS}?filter=harbours&sort=-title"
    inside.page.keyboard.press("/")
    inside.page.keyboard.type("title =")
    inside.page.keyboard.press("Enter")
    expect(inside.page.locator("#filter-problem")).to_contain_text("The filter cannot be used")


def test_jumping_to_a_record_by_its_id(inside: Tab, world: tuple[Server, dict[str, list[str]]]) -> None:
    post = world[1]["posts"][7]
    inside.page.keyboard.press("Control+k")
    inside.page.keyboard.type(post)
    expect(inside.page.locator("#jump-list a.active")).to_contain_text("posts")
    inside.page.keyboard.press("Enter")
    inside.page.wait_for_url(f"**{POSTS}records/{post}/")


def test_the_theme_is_kept_and_goes_to_other_tabs(inside: Tab) -> None:
    other = inside.page.context.new_page()
    other.goto(inside.base + POSTS)
    inside.page.click("summary.account")
    inside.page.check("#theme-form [value=dark]", force=True)
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    inside.page.wait_for_load_state("networkidle")
    inside.page.reload()
    expect(inside.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_without_scripts_records_are_found_changed_and_made(
    chromium: Browser, world: tuple[Server, dict[str, list[str]]]
) -> None:
    viewport = {"width": 1440, "height": 900}
    with tab_in(chromium, world[0].url, java_script_enabled=False, viewport=viewport) as tab:
        sign_in(tab)
        tab.open(f"{POSTS}?filter=timetable")
        tab.page.click("#rows tbody tr:first-child .title-cell a")
        tab.page.fill("#field-title", "Without scripts")
        tab.page.click(".save-bar .primary")
        expect(tab.page.locator(".toast")).to_contain_text("Saved.")
        tab.page.click("#new-record")
        tab.page.fill("#field-title", "Made without scripts")
        tab.page.click(".save-bar .primary")
        expect(tab.page.locator(".panel-title")).to_have_text("Made without scripts")
        tab.page.click("#panel summary[aria-label='More']")
        tab.page.click("#panel .menu-item.danger")
        tab.page.click("#panel .danger-fill")
        expect(tab.page.locator(".toast")).to_contain_text("Deleted Made without scripts.")
