"""What people do in the SQL console: run, sort, draw, save, write; and without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import as_superuser, start_new
from tests.browser.screens import sign_in
from tests.served import Server

SQL = "/_/sql/"
WIDE = {"viewport": {"width": 1440, "height": 900}}
NUMBERS = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 400)"
MANY = f"{NUMBERS} select i, 'x' || i as t from n;"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_new(tmp_path_factory.mktemp("sql"))
    try:
        fields = [{"type": "text", "name": "title"}]
        as_superuser(server, "POST", "collections", {"name": "things", "fields": fields})
        yield server
    finally:
        server.stop()


@pytest.fixture
def inside(chromium: Browser, world: Server) -> Iterator[Tab]:
    with tab_in(chromium, world.url, **WIDE) as tab:
        sign_in(tab)
        tab.open(SQL)
        tab.page.wait_for_load_state("networkidle")
        yield tab


def write(tab: Tab, query: str) -> None:
    """Into the editor, in the place of what is there; behind a semicolon nothing is offered to go on with."""
    tab.page.locator("code-editor [contenteditable=true]").click()
    tab.page.keyboard.press("Control+a")
    # Typed over, Chromium would keep the style of what was there, which the policy forbids.
    tab.page.keyboard.press("Delete")
    tab.page.keyboard.insert_text(query if query.endswith(";") else f"{query};")


def cells(tab: Tab, column: int) -> list[str]:
    found: list[str] = tab.page.locator(f"#result tbody tr td:nth-child({column})").all_inner_texts()
    return found


def test_running_leaves_the_editor_and_sorts_in_place(inside: Tab) -> None:
    write(inside, "select 9 as n, 'b' as t union all select 10, null union all select 2, 'a'")
    inside.page.keyboard.press("Control+Enter")
    expect(inside.page.locator("#result tbody tr")).to_have_count(3)
    expect(inside.page.locator("#sql-kept")).to_contain_text("3 rows")
    head = inside.page.locator("#result .head")
    for _ in range(2):
        head.nth(0).click()
    assert cells(inside, 2) == ["10", "9", "2"]
    head.nth(1).click()
    assert cells(inside, 3) == ["a", "b", "NULL"]
    assert cells(inside, 1) == ["1", "2", "3"]
    expect(inside.page.locator("#query")).to_have_value(
        "select 9 as n, 'b' as t union all select 10, null union all select 2, 'a';"
    )
    assert inside.page.url.endswith(SQL)


def test_the_rest_of_the_rows_and_a_chart(inside: Tab, tmp_path: Path) -> None:
    write(inside, MANY)
    inside.page.click("#run")
    expect(inside.page.locator("#result tbody tr:visible")).to_have_count(250)
    inside.page.click("#show-others")
    expect(inside.page.locator("#result tbody tr:visible")).to_have_count(400)
    inside.page.click("#chart-switch")
    expect(inside.page.locator(".bar-list li")).to_have_count(30)
    inside.page.select_option("#chart-labels", label="t")
    expect(inside.page.locator(".bar-list li").first).to_contain_text("x1")
    with inside.page.expect_download() as download:
        inside.page.click("text=CSV")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.splitlines()[:3] == ["i,t", "1,x1", "2,x2"]
    assert len(text.splitlines()) == 401


def test_writing_is_asked_for_twice(inside: Tab) -> None:
    write(inside, "insert into things (id, title) values ('written00000000', 'x')")
    inside.page.click("#run")
    expect(inside.page.locator("#sql-result")).to_contain_text("To change data choose Write above.")
    inside.page.locator("text=Write").first.click()
    inside.page.click("#run")
    inside.page.click("text=Run and write")
    expect(inside.page.locator(".toast")).to_contain_text("1 row was changed")
    inside.page.locator("text=Read only").first.click()
    write(inside, "select id from things")
    inside.page.click("#run")
    expect(inside.page.locator("#result tbody tr")).to_have_count(1)


def test_a_plan(inside: Tab) -> None:
    write(inside, "select * from things where id = 'x'")
    inside.page.click("text=Explain")
    expect(inside.page.locator(".plan")).to_contain_text("things")


def test_a_name_is_kept_and_removed(inside: Tab) -> None:
    write(inside, "select 42 as answer")
    inside.page.click("text=Save this")
    inside.page.fill("[name=name]", "The answer")
    inside.page.press("[name=name]", "Enter")
    expect(inside.page.locator(".query-list").first).to_contain_text("The answer")
    expect(inside.page.locator("#query")).to_have_value("select 42 as answer;")
    inside.page.click("text=The answer")
    expect(inside.page.locator("#query")).to_have_value("select 42 as answer;")
    inside.page.locator(".query-list").first.locator("[name=forget]").click()
    expect(inside.page.locator(".query-list").first).to_contain_text("None yet.")


def test_without_scripts(chromium: Browser, world: Server) -> None:
    with tab_in(chromium, world.url, java_script_enabled=False, **WIDE) as tab:
        sign_in(tab)
        tab.open(SQL)
        tab.page.fill("#query", "select 9 as n union all select 10")
        tab.page.click("#run")
        assert cells(tab, 2) == ["9", "10"]
        for _ in range(2):
            tab.page.click("#result .head")
        assert cells(tab, 2) == ["10", "9"]
