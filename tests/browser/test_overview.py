"""The diagram under hands, and a request that is tried out from the API preview."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.dashboard_world import world_shown
from tests.browser.screens import sign_in
from tests.served import Server


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with world_shown(tmp_path_factory.mktemp("overview")) as (server, _):
        yield server


@pytest.fixture
def tab(chromium: Browser, world: Server) -> Iterator[Tab]:
    with tab_in(chromium, world.url, viewport={"width": 1440, "height": 900}) as tab:
        sign_in(tab)
        yield tab


def test_a_box_is_moved_and_stays_there(tab: Tab) -> None:
    tab.open("/_/overview/relations/")
    page = tab.page
    box = page.locator(".entity", has_text="post_stats")
    wire = page.locator(".wire-group").first
    was, ran = box.get_attribute("transform"), wire.locator("path").get_attribute("d")
    middle = page.locator(".entity", has_text="posts").first.locator(".rule-line").bounding_box()
    assert middle is not None
    page.mouse.move(middle["x"] + 150, middle["y"] - 10)
    page.mouse.down()
    page.mouse.move(middle["x"] + 200, middle["y"] + 60, steps=4)
    page.mouse.up()
    assert wire.locator("path").get_attribute("d") != ran
    assert box.get_attribute("transform") == was
    moved = page.locator(".entity", has_text="posts").first.get_attribute("transform")
    tab.open("/_/overview/relations/")
    expect(page.locator(".entity", has_text="posts").first).to_have_attribute("transform", str(moved))
    page.click("[data-resets]")
    expect(wire.locator("path")).to_have_attribute("d", str(ran))


def test_keys_move_and_zoom(tab: Tab) -> None:
    tab.open("/_/overview/relations/")
    page = tab.page
    box = page.locator(".entity", has_text="users").first
    was = box.get_attribute("transform")
    box.locator("a").focus()
    page.keyboard.press("Alt+ArrowDown")
    assert box.get_attribute("transform") != was
    page.keyboard.press("+")
    expect(page.locator("[data-told]")).to_have_text("125 %")
    page.keyboard.press("Control+0")
    expect(page.locator("[data-told]")).to_have_text("100 %")


def test_a_request_is_tried_as_a_guest(tab: Tab) -> None:
    tab.open("/_/collections/orders/api/")
    tab.page.click("[data-tries]")
    told = tab.page.locator("#answer [data-told]")
    expect(told).to_contain_text("403, ")
    expect(tab.page.locator("#answer [data-body]")).to_contain_text(
        "Only superusers can perform this action."
    )
