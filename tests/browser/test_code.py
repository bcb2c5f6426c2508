"""The code editor: it keeps the input's value, and everybody can use it, under the policy of the pages."""

from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import as_superuser, start_new
from tests.browser.screens import keep_screenshot, sign_in
from tests.served import Server

NOTES = "/_/collections/notes/new/"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a collection that has JSON."""
    server = start_new(tmp_path_factory.mktemp("code"))
    fields = [{"type": "json", "name": "data"}, {"type": "text", "name": "after"}]
    as_superuser(server, "POST", "collections", {"name": "notes", "fields": fields})
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def inside(chromium: Browser, notes: Server) -> Iterator[Tab]:
    with tab_in(chromium, notes.url, viewport={"width": 1440, "height": 900}) as tab:
        sign_in(tab)
        yield tab


def editor(tab: Tab) -> Locator:
    return tab.page.locator("#field-data + code-editor .cm-content")


def test_it_keeps_the_value_and_marks_the_wrong_line(inside: Tab) -> None:
    inside.open(NOTES)
    inside.page.click("label[for=field-data]")
    expect(editor(inside)).to_be_focused()
    inside.page.keyboard.insert_text('{"a": [1, 2],\n "b": nope}')
    expect(inside.page.locator("#field-data")).to_have_value('{"a": [1, 2],\n "b": nope}')
    expect(inside.page.locator(".changes")).to_have_text("1 change")
    expect(inside.page.locator(".cm-problem-line")).to_have_text('"b": nope}')
    keep_screenshot(inside, "code-json")


def test_what_is_said_of_the_input_is_said_of_the_editor(inside: Tab) -> None:
    inside.open(NOTES)
    expect(editor(inside)).to_have_attribute("aria-label", "data")
    expect(editor(inside)).to_have_role("textbox")
    inside.page.evaluate(
        """() => {
            const input = document.getElementById("field-data");
            input.parentElement.insertAdjacentHTML("beforeend", "<p id=told>Not so.</p>");
            input.setAttribute("aria-describedby", "told");
            input.setAttribute("aria-invalid", "true");
        }"""
    )
    expect(editor(inside)).to_have_attribute("aria-invalid", "true")
    expect(editor(inside)).to_have_attribute("aria-description", "Not so.")


def test_tab_indents_and_after_escape_it_moves_on(inside: Tab) -> None:
    inside.open(NOTES)
    editor(inside).click()
    keys = inside.page.keyboard
    keys.type("[")
    keys.press("Control+a")
    keys.press("Tab")
    expect(inside.page.locator("#field-data")).to_have_value("  []")
    keys.press("Shift+Tab")
    expect(inside.page.locator("#field-data")).to_have_value("[]")
    keys.press("Escape")
    expect(inside.page.locator("#panel")).to_be_visible()
    keys.press("Tab")
    expect(inside.page.locator("#field-after")).to_be_focused()
    keys.press("Shift+Tab")
    expect(editor(inside)).to_be_focused()
    keys.press("Tab")
    expect(inside.page.locator("#field-data")).to_have_value("  []")


def test_a_line_and_a_word_are_selected(inside: Tab) -> None:
    inside.open(NOTES)
    editor(inside).click()
    keys = inside.page.keyboard
    keys.insert_text("one two\nthree four")
    keys.press("Control+d")
    keys.type("4")
    expect(inside.page.locator("#field-data")).to_have_value("one two\nthree 4")
    keys.press("Control+l")
    keys.type("3")
    expect(inside.page.locator("#field-data")).to_have_value("one two\n3")


def test_reset_and_what_others_write_reach_the_editor(inside: Tab) -> None:
    inside.open(NOTES)
    editor(inside).click()
    inside.page.keyboard.insert_text("[1]")
    inside.page.click("#record-form button[type=reset]")
    expect(editor(inside)).to_have_text("")
    expect(inside.page.locator("#field-data")).to_have_value("")
    inside.page.fill("#field-data", "[2]")
    expect(editor(inside)).to_have_text("[2]")


def test_it_comes_with_a_panel_and_saves(inside: Tab) -> None:
    inside.open("/_/collections/notes/")
    inside.page.click("#new-record")
    editor(inside).click()
    inside.page.keyboard.insert_text('"kept"')
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".toast")).to_contain_text("Created.")
    expect(editor(inside)).to_have_text('"kept"')
    expect(inside.page.locator("code-editor")).to_have_count(1)


def test_a_filter_is_completed_by_keys(inside: Tab) -> None:
    inside.open("/_/collections/users/")
    keys = inside.page.keyboard
    options = inside.page.locator(".cm-tooltip-autocomplete li")
    keys.press("/")
    line = inside.page.locator("#filter + code-editor .cm-content")
    expect(line).to_be_focused()
    keys.type("verif")
    inside.is_offered("verified")
    keys.press("Tab")
    expect(line).to_have_text("verified")
    keys.type(" = false && emailV")
    expect(options.first).to_contain_text("emailVisibility")
    keys.press("Escape")
    expect(options).to_have_count(0)
    expect(line).to_be_focused()
    keys.type("i")
    inside.is_offered("emailVisibility")
    keys.press("ArrowDown")
    keys.press("Enter")
    keys.type(" = true")
    keys.press("Enter")
    inside.page.wait_for_url(
        lambda url: unquote(url).endswith("/users/?filter=verified = false && emailVisibility = true")
    )
    keys.press("/")
    expect(line).to_be_focused()
    keys.type("x")
    expect(inside.page.locator("#filter")).to_have_value("x")


def test_no_list_opens_for_who_has_gone_on(inside: Tab) -> None:
    """The server still looks for names when the focus leaves."""
    inside.open("/_/collections/users/")
    held: list[Route] = []
    inside.page.route("**/completions/**", lambda route: held.append(route))
    inside.page.keyboard.press("/")
    line = inside.page.locator("#filter + code-editor .cm-content")
    expect(line).to_be_focused()
    with inside.page.expect_request("**/completions/**"):
        inside.page.keyboard.type("verif")
    inside.page.keyboard.press("Tab")
    expect(line).not_to_be_focused()
    option = {"name": "verified", "detail": "bool", "icon": "toggle-left", "goes_on": False}
    for route in held:
        route.fulfill(json={"options": [option]})
    inside.page.wait_for_timeout(300)  # in which it would open
    expect(inside.page.locator(".cm-tooltip-autocomplete")).to_have_count(0)


def test_everything_means_the_block_of_code(inside: Tab) -> None:
    inside.open(NOTES)
    inside.page.evaluate(
        """() => {
            const form = document.getElementById("record-form");
            form.insertAdjacentHTML("beforeend", "<pre tabindex=0>curl -X GET</pre>");
            form.lastElementChild.focus();
        }"""
    )
    inside.page.keyboard.press("Control+a")
    assert inside.page.evaluate("getSelection().toString()") == "curl -X GET"


def test_enter_begins_a_line_where_there_are_several(inside: Tab) -> None:
    inside.open(NOTES)
    editor(inside).click()
    inside.page.keyboard.type("1")
    inside.page.keyboard.press("Enter")
    expect(inside.page.locator("#field-data")).to_have_value("1\n")
