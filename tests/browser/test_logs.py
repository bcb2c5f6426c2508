"""What people do with the log: open, choose, zoom, select, follow; and without scripts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.dashboard_world import world_shown
from tests.browser.log_world import HOSTILE_MESSAGE
from tests.browser.screens import sign_in
from tests.served import Server

LOGS = "/_/logs/"
WIDE = {"viewport": {"width": 1440, "height": 900}, "timezone_id": "Europe/Helsinki"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with world_shown(tmp_path_factory.mktemp("logs")) as (server, _):
        yield server


@pytest.fixture
def inside(chromium: Browser, world: Server) -> Iterator[Tab]:
    """A tab of who has signed in, in a zone that is not UTC."""
    with tab_in(chromium, world.url, **WIDE) as tab:
        sign_in(tab)
        yield tab


def open_list(tab: Tab, query: str = "") -> None:
    tab.open(LOGS + query)
    tab.page.wait_for_selector("figure[data-plot] canvas")


def lines(tab: Tab) -> Locator:
    return tab.page.locator("#lines > tr")


def path(tab: Tab) -> str:
    return urlsplit(tab.page.url).path


def asked(tab: Tab) -> dict[str, list[str]]:
    return parse_qs(urlsplit(tab.page.url).query)


def test_an_entry_has_an_address_and_leaves_the_list_alone(inside: Tab) -> None:
    open_list(inside, "?level=error")
    inside.page.evaluate("window.isThisPage = true; document.querySelector('#rows').scrollTop = 60")
    lines(inside).nth(3).locator("a[data-panel]").click()
    expect(inside.page.locator("#panel .facts")).to_be_visible()
    assert re.fullmatch(r"/_/logs/entries/log\d+/", path(inside))
    assert asked(inside) == {"level": ["error"]}
    expect(inside.page.locator("#lines tr.current")).to_have_count(1)
    before = inside.page.locator("#panel .panel-title").inner_text()
    inside.page.keyboard.press("]")
    expect(inside.page.locator("#panel .panel-title")).not_to_have_text(before)
    inside.page.keyboard.press("Escape")
    expect(inside.page.locator("#panel")).to_be_hidden()
    assert path(inside) == LOGS
    assert inside.page.evaluate("window.isThisPage && document.querySelector('#rows').scrollTop > 0")
    inside.page.go_back()
    expect(inside.page.locator("#panel .facts")).to_be_visible()


def test_by_keys(inside: Tab) -> None:
    open_list(inside)
    for key in ("j", "j", "k"):
        inside.page.keyboard.press(key)
    inside.page.keyboard.press("Enter")
    expect(inside.page.locator("#panel .facts")).to_be_visible()
    inside.page.keyboard.press("Escape")
    expect(inside.page.locator("#lines tr a[data-panel]:focus")).to_have_count(1)
    inside.page.keyboard.press("j")
    inside.page.keyboard.press("Space")
    expect(inside.page.locator("#panel .facts")).to_be_visible()
    inside.page.keyboard.press("Escape")
    inside.page.keyboard.press("/")
    inside.page.keyboard.type("data.status = 204")
    inside.page.keyboard.press("Enter")
    expect(lines(inside).first).to_contain_text("DELETE")
    assert asked(inside)["filter"] == ["data.status = 204"]


def test_what_was_looked_for_is_offered_again(inside: Tab) -> None:
    open_list(inside, "?filter=data.status = 204")
    open_list(inside)
    inside.page.click("#filter-history summary")
    inside.page.click("#filter-history .menu-item")
    expect(inside.page.locator("#clear")).to_be_visible()
    assert asked(inside)["filter"] == ["data.status = 204"]


def test_hostile_entries_are_text(inside: Tab) -> None:
    inside.page.on("dialog", lambda dialog: inside.complaints.append("a script of an entry ran"))
    open_list(inside, "?filter=onerror")
    lines(inside).first.locator("a[data-panel]").click()
    expect(inside.page.locator("#panel .panel-title")).to_have_text(HOSTILE_MESSAGE)


def test_moments_are_local_with_utc_beside(inside: Tab) -> None:
    open_list(inside)
    part = inside.page.locator("#lines time").first
    local, title = part.inner_text(), part.get_attribute("title") or ""
    assert "Europe/Helsinki" in title
    assert title.endswith(" UTC")
    in_utc = title.splitlines()[1].split()[1]
    assert (int(local.split()[-1][:2]) - int(in_utc[:2])) % 24 == 2  # in November
    assert local.split()[-1][2:] == in_utc[2:]


def test_zooming_chooses_a_range_for_chart_and_list(inside: Tab) -> None:
    open_list(inside)
    chart = inside.page.locator(".u-over").bounding_box()
    assert chart is not None
    middle = chart["y"] + chart["height"] / 2
    inside.page.mouse.move(chart["x"] + chart["width"] * 0.4, middle)
    inside.page.mouse.down()
    inside.page.mouse.move(chart["x"] + chart["width"] * 0.5, middle)
    inside.page.mouse.move(chart["x"] + chart["width"] * 0.6, middle, steps=3)
    expect(inside.page.locator("figure .tip")).to_contain_text("entries")
    with inside.page.expect_response(lambda response: "/logs/chart/?from=" in response.url):
        inside.page.mouse.up()
    inside.page.wait_for_selector("figure[data-plot] canvas")
    since, until = asked(inside)["from"][0], asked(inside)["until"][0]
    assert since < until
    moments = inside.page.locator("#lines time").evaluate_all("all => all.map(one => one.dateTime)")
    assert moments
    assert all(since <= moment <= until for moment in moments)
    inside.page.locator(".u-over").dblclick()
    expect(inside.page.locator("#range")).to_have_text("All time")
    assert asked(inside) == {}


def test_a_range_that_is_written_is_in_local_time(inside: Tab) -> None:
    open_list(inside, "?from=2026-11-28T10:00:00Z")
    inside.page.click(".last summary")
    expect(inside.page.locator("[name=from][type=datetime-local]")).to_have_value(
        re.compile("2026-11-28T12:00(:00)?")
    )
    inside.page.fill("[name=until][type=datetime-local]", "2036-11-28T12:30")
    inside.page.click("#range-form button")
    expect(inside.page.locator("#range")).to_contain_text("2036-11-28 12:30")
    assert asked(inside) == {"from": ["2026-11-28T10:00:00Z"], "until": ["2036-11-28T10:30:00Z"]}


def test_older_ones_are_added_and_a_selection_is_downloaded(inside: Tab, tmp_path: Path) -> None:
    open_list(inside)
    boxes = inside.page.locator("#lines .check-cell input")
    boxes.nth(1).check()
    inside.page.click("[data-older]")
    expect(lines(inside)).to_have_count(100)
    boxes.nth(51).click(modifiers=["Shift"])
    expect(inside.page.locator("#lines :checked")).to_have_count(51)
    with inside.page.expect_download() as download:
        inside.page.click(".selection-bar button:not([type=reset])")
    items = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    chosen = boxes.evaluate_all("all => all.filter(one => one.checked).map(one => one.value)")
    assert {item["id"] for item in items} == set(chosen)


def test_levels_and_superusers(inside: Tab) -> None:
    open_list(inside)
    expect(inside.page.locator("[data-total=warn]")).to_have_text("4")
    inside.page.click("[data-level=warn]")
    expect(lines(inside)).to_have_count(4)
    expect(inside.page.locator("#count")).to_contain_text("4 of ")
    inside.page.click("[data-level='']")
    expect(lines(inside)).to_have_count(50)


def test_requests_by_superusers(inside: Tab) -> None:
    inside.open(f'{LOGS}?filter=data.method = "POST" %26%26 data.url = "/api/collections/posts/records"')
    expect(inside.page.locator(".empty-state")).to_be_visible()
    inside.page.check("#superusers")
    expect(lines(inside).first).to_contain_text("_superusers")
    inside.page.uncheck("#superusers")
    expect(inside.page.locator(".empty-state")).to_be_visible()


def test_following_adds_what_is_written_and_waits_for_who_reads(inside: Tab, world: Server) -> None:
    open_list(inside)
    inside.page.mouse.move(5, 5)
    with inside.page.expect_request(lambda request: "live-feeds/logs" in request.url):
        inside.page.click("#live")
    inside.page.mouse.move(5, 5)
    world.request("GET", "/api/collections/first-of-all/records")
    expect(lines(inside).first).to_contain_text("first-of-all")
    count = lines(inside).count()
    lines(inside).first.locator("a[data-panel]").click()
    expect(inside.page.locator("#panel .facts")).to_be_visible()
    world.request("GET", "/api/collections/second-of-all/records")
    expect(inside.page.locator("#live-state")).to_have_text("1 paused")
    assert lines(inside).count() == count
    inside.page.keyboard.press("Escape")
    inside.page.mouse.move(6, 6)
    inside.page.locator("#rows").evaluate("part => part.dispatchEvent(new Event('scroll'))")
    expect(lines(inside).first).to_contain_text("second-of-all")
    expect(inside.page.locator("#live-state")).to_have_text("")
    inside.page.click("#live")
    expect(inside.page.locator("#live")).to_have_attribute("aria-pressed", "false")


def test_copying_a_value(chromium: Browser, world: Server) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with tab_in(chromium, world.url, permissions=permissions, **WIDE) as tab:
        sign_in(tab)
        tab.open(f"{LOGS}entries/log000000000200/")
        tab.page.click("[data-copies-value][data-said=id]")
        expect(tab.page.locator(".toast")).to_contain_text("id copied")
        assert tab.page.evaluate("navigator.clipboard.readText()") == "log000000000200"


def test_without_scripts(chromium: Browser, world: Server) -> None:
    with tab_in(chromium, world.url, java_script_enabled=False, **WIDE) as tab:
        sign_in(tab)
        tab.open(LOGS)
        tab.page.click("figure noscript a")
        expect(tab.page.locator(".drawn svg")).to_be_visible()
        first = lines(tab).first.inner_text()
        tab.page.click("[data-older]")
        assert lines(tab).first.inner_text() != first
        tab.page.fill("#filter", "data.status = 204")
        tab.page.press("#filter", "Enter")
        expect(lines(tab).first).to_contain_text("DELETE")
        lines(tab).first.locator("a[data-panel]").click()
        expect(tab.page.locator("#panel .facts")).to_be_visible()
        tab.page.click("#panel [aria-label=Close]")
        expect(tab.page.locator("#panel")).to_be_hidden()
        assert asked(tab)["filter"] == ["data.status = 204"]


def test_emptying_asks(inside: Tab) -> None:
    open_list(inside)
    inside.page.click(".page-actions .menu summary")
    inside.page.click("text=Empty the log…")
    expect(inside.page.locator("#content .danger-fill")).to_be_visible()
    inside.page.click("text=Cancel")
    expect(lines(inside)).to_have_count(50)
