"""Rules and queries while somebody types them: completed, judged, tried, and saved over the review."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.dashboard_world import world_shown
from tests.browser.screens import keep_screenshot, sign_in
from tests.served import Server

RULES = "/_/collections/posts/edit/rules/"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, list[str]]]]:
    with world_shown(tmp_path_factory.mktemp("rules")) as world:
        yield world


@pytest.fixture
def inside(chromium: Browser, world: tuple[Server, dict[str, list[str]]]) -> Iterator[Tab]:
    with tab_in(chromium, world[0].url, viewport={"width": 1440, "height": 900}) as tab:
        sign_in(tab)
        yield tab


def editor(tab: Tab, name: str) -> Locator:
    return tab.page.locator(f"#{name} + code-editor .cm-content")


def open_rules(tab: Tab) -> None:
    tab.open(RULES)
    expect(tab.page.locator("#trial .try-list li").first).to_be_visible()
    expect(tab.page.locator("code-editor")).to_have_count(5)


def test_a_rule_is_completed_judged_tried_and_saved(inside: Tab) -> None:
    open_rules(inside)
    keys = inside.page.keyboard
    editor(inside, "listRule").click()
    keys.press("Control+End")
    keys.press("Enter")
    keys.type("|| author.ver")
    inside.is_offered("author.verified")
    keep_screenshot(inside, "rules-completion")
    keys.press("Tab")
    keys.type(" = true")
    expect(inside.page.locator(".changes")).to_have_text("1 change")
    effect = inside.page.locator("section[data-part=listRule] .rule-effect")
    expect(effect).to_contain_text("guests 25 → 67")
    expect(inside.page.locator("#trial .try-list .gained").first).to_be_visible()
    keep_screenshot(inside, "rules-tried")
    keys.press("Control+s")
    expect(inside.page.locator(".review-rules")).to_contain_text("author.verified = true")
    keep_screenshot(inside, "rules-review")
    inside.page.click("[data-saves]")
    expect(inside.page.locator(".toast")).to_contain_text("Saved.")
    expect(editor(inside, "listRule")).to_contain_text("author.verified = true")


def test_what_is_wrong_is_told_with_the_way_out(inside: Tab) -> None:
    open_rules(inside)
    inside.page.fill("#viewRule", "statu = 'draft'")
    error = inside.page.locator("#viewRule-error")
    expect(error).to_have_text('Unknown field "statu" at 1. Did you mean status?')
    expect(inside.page.locator("#viewRule + code-editor .cm-problem")).to_have_text("statu")
    expect(inside.page.locator(".save-bar [data-saves]")).to_be_disabled()
    expect(inside.page.locator("[data-unsaveable]")).to_have_text("1 rule cannot be saved yet")
    keep_screenshot(inside, "rules-wrong")
    error.locator("button").click()
    expect(editor(inside, "viewRule")).to_have_text("status = 'draft'")
    expect(error).to_be_hidden()
    expect(inside.page.locator(".save-bar [data-saves]")).to_be_enabled()
    inside.page.fill("#viewRule", "")
    expect(inside.page.locator(".changes")).to_be_hidden()


def test_the_three_states_follow_lock_and_text(inside: Tab) -> None:
    open_rules(inside)
    rule = inside.page.locator("section[data-part=updateRule]")
    shown = rule.locator(".badge:visible")
    expect(shown).to_have_text("By rule")
    rule.locator(".as-button").click()
    expect(shown).to_have_text("Superusers only")
    expect(editor(inside, "updateRule")).to_have_attribute("aria-readonly", "true")
    expect(inside.page.locator("#trial")).to_contain_text("Lets through 0 of 96.")
    rule.locator(".as-button").click()
    expect(shown).to_have_text("By rule")
    expect(editor(inside, "updateRule")).to_contain_text("@request.body.featured:changed")
    inside.page.fill("#updateRule", "")
    expect(shown).to_have_text("Everyone")
    inside.page.fill("#updateRule", "author = @request.auth.id && @request.body.featured:changed = false")


def test_it_is_tried_as_somebody(inside: Tab, world: tuple[Server, dict[str, list[str]]]) -> None:
    open_rules(inside)
    inside.page.select_option("#as-collection", "users")
    inside.page.fill("#as-account", "lena")
    expect(inside.page.locator("[data-options] [data-id]")).to_have_count(1)
    inside.page.keyboard.press("ArrowDown")
    inside.page.keyboard.press("Enter")
    expect(inside.page.locator(".trial-title")).to_contain_text("as Lena Ohm")
    lena = world[1]["users"][0]
    assert inside.page.url.endswith(f"?as=users%3A{lena}")
    inside.page.reload()
    expect(inside.page.locator(".trial-title")).to_contain_text("as Lena Ohm")


def test_names_are_put_where_the_cursor_was(inside: Tab) -> None:
    open_rules(inside)
    inside.page.fill("#viewRule", "")
    editor(inside, "viewRule").click()
    inside.page.click("[data-inserts=status]")
    expect(editor(inside, "viewRule")).to_have_text("status")
    expect(editor(inside, "viewRule")).to_be_focused()
    inside.page.fill("#viewRule", "")


def test_a_query_is_tried_while_it_is_typed(inside: Tab) -> None:
    inside.open("/_/collections/post_stats/edit/query/")
    mark = inside.page.locator("#query-mark")
    expect(mark).to_have_text("Valid")
    expect(inside.page.locator("#sample tbody tr")).to_have_count(10)
    editor(inside, "view-query").click()
    keys = inside.page.keyboard
    keys.press("Control+a")
    keys.insert_text("SELECT id, titl FROM posts")
    expect(mark).to_have_text("Not valid")
    expect(inside.page.locator("#sample")).to_contain_text("no such column: titl")
    keep_screenshot(inside, "query-wrong")
    keys.press("Control+a")
    keys.insert_text("SELECT id, title, featured FROM posts")
    expect(mark).to_have_text("Valid")
    expect(inside.page.locator("#sample th").last).to_contain_text("featured bool")
    keys.press("Control+s")
    expect(inside.page.locator(".toast")).to_contain_text("Saved.")


def test_without_scripts_rules_are_changed_and_tried(
    chromium: Browser, world: tuple[Server, dict[str, list[str]]]
) -> None:
    viewport = {"width": 1440, "height": 900}
    with tab_in(chromium, world[0].url, java_script_enabled=False, viewport=viewport) as tab:
        sign_in(tab)
        tab.open(RULES)
        tab.page.select_option("#tried-rule", "updateRule")
        tab.page.select_option("#as-collection", "users")
        tab.page.fill("#as-account", "person0@example.com")
        tab.page.click("[data-try]")
        expect(tab.page.locator("#trial")).to_contain_text("as Lena Ohm")
        tab.page.locator("section[data-part=deleteRule] .as-button").click()
        tab.page.fill("#deleteRule", "author = @request.auth.id")
        tab.page.click(".save-bar .primary")
        expect(tab.page.locator(".review-rules")).to_contain_text("Superusers only")
        tab.page.click("[data-saves]")
        expect(tab.page.locator(".toast")).to_contain_text("Saved.")
        expect(tab.page.locator("#deleteRule")).to_have_value("author = @request.auth.id")
