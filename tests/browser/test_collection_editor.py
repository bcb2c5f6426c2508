"""What people do in the editor of a collection: by pointer, by keys, without scripts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import as_superuser, superuser_token
from tests.browser.screens import sign_in
from tests.served import Server

EDIT = "/_/collections/things/edit/"
FIELDS = (
    {"type": "text", "name": "title", "required": True},
    {"type": "select", "name": "mood", "values": ["sad", "glad"], "maxSelect": 1},
    {"type": "number", "name": "rating"},
    {"type": "autodate", "name": "created", "onCreate": True},
)
INDEX = "CREATE INDEX `idx_rating` ON `things` (`rating`, `title`)"


@pytest.fixture
def things(server: Server) -> Iterator[None]:
    as_superuser(
        server, "POST", "collections", {"name": "things", "fields": list(FIELDS), "indexes": [INDEX]}
    )
    as_superuser(server, "POST", "collections/things/records", {"title": "one", "rating": 4})
    yield
    as_superuser(server, "DELETE", "collections/things", None)


@pytest.fixture
def inside(chromium: Browser, server: Server, things: None) -> Iterator[Tab]:
    with tab_in(chromium, server.url, viewport={"width": 1440, "height": 900}) as tab:
        sign_in(tab)
        yield tab


def stored(server: Server) -> dict[str, Any]:
    answer = server.request("GET", "/api/collections/things", {"authorization": superuser_token(server)})
    found: dict[str, Any] = json.loads(answer.body)
    return found


def names(server: Server) -> list[str]:
    return [field["name"] for field in stored(server)["fields"]]


def open_editor(tab: Tab) -> None:
    tab.open(EDIT)
    expect(tab.page.locator("#fields [data-handle]").first).to_be_visible()
    expect(tab.page.locator("#fields[data-is-sortable]")).to_be_visible()


def row(tab: Tab, name: str) -> Locator:
    return tab.page.locator(f"#fields > li:has(.schema-name[data-was='{name}'])")


def shown_names(tab: Tab) -> list[str]:
    return [one.input_value() for one in tab.page.locator("#fields .schema-name").all()]


def saved(tab: Tab) -> None:
    expect(tab.page.locator(".toast")).to_contain_text("Saved.")


def test_a_field_is_added_named_and_saved(inside: Tab, server: Server) -> None:
    open_editor(inside)
    expect(inside.page.locator("button.primary[data-saves]")).to_be_disabled()
    inside.page.keyboard.press("n")
    inside.page.click("[data-adds=relation]")
    expect(inside.page.locator(".schema-name:focus")).to_have_value("relation")
    assert shown_names(inside) == ["id", "title", "mood", "rating", "relation", "created"]
    inside.page.locator("#fields [data-relates]").select_option(label="users")
    added = inside.page.locator("#fields > li[data-is-new] .schema-name")
    expect(added).to_have_value("user")
    added.fill("The owner's")
    expect(added).to_have_value("The_owner_s")
    expect(inside.page.locator(".changes")).to_have_text("1 change")
    expect(inside.page.locator("[data-summary]")).to_have_text("1 new")
    inside.page.keyboard.press("Control+s")
    saved(inside)
    assert names(server) == ["id", "title", "mood", "rating", "The_owner_s", "created"]


def test_a_new_name_goes_into_the_indexes_and_is_reviewed(inside: Tab, server: Server) -> None:
    open_editor(inside)
    row(inside, "rating").locator(".schema-name").fill("stars")
    inside.page.keyboard.press("Tab")
    expect(row(inside, "rating").locator("[data-renamed]")).to_be_visible()
    expect(row(inside, "rating").locator("[data-sum]")).to_have_text("was rating")
    expect(inside.page.locator("#indexes [data-index-columns]")).to_have_text("stars, title")
    expect(inside.page.locator("[data-summary]")).to_have_text("1 renamed")
    inside.page.click("button.primary[data-saves]")
    expect(inside.page.locator(".review-list li.asks")).to_contain_text("rating becomes stars")
    inside.page.click("text=Back to editing")
    expect(row(inside, "rating").locator(".schema-name")).to_have_value("stars")
    inside.page.locator("button.primary[data-saves]").click()
    inside.page.click("text=Save the changes")
    saved(inside)
    assert names(server) == ["id", "title", "mood", "stars", "created"]
    assert "`stars`" in stored(server)["indexes"][0]


def test_what_a_row_says_follows_its_options(inside: Tab, server: Server) -> None:
    open_editor(inside)
    mood, title = row(inside, "mood"), row(inside, "title")
    expect(mood.locator("[data-sum]")).to_have_text("1 of 2 choices")
    mood.locator("summary").click()
    mood.get_by_label("Choices").fill("sad\nglad\nneither")
    expect(mood.locator("[data-sum]")).to_have_text("1 of 3 choices")
    # What a text means is the server's to say: a number that is none counts as what is stored.
    title.locator("summary").click()
    title.get_by_label("Most characters").fill("80")
    expect(title.locator("[data-sum]")).to_have_text("up to 80 characters")
    title.get_by_label("Most characters").fill("eighty")
    title.get_by_label("Generated by").fill("[a-z]{5}")
    expect(title.locator("[data-sum]")).to_have_text("generated")
    title.locator(".schema-name").fill("heading")
    expect(title.locator("[data-sum]")).to_have_text("was title")


def test_a_row_is_dragged(inside: Tab, server: Server) -> None:
    open_editor(inside)
    handle = row(inside, "rating").locator("[data-handle]").bounding_box()
    title = row(inside, "title").bounding_box()
    assert handle and title
    mouse = inside.page.mouse
    mouse.move(handle["x"] + 8, handle["y"] + 8)
    mouse.down()
    mouse.move(handle["x"] + 8, handle["y"] - 20, steps=5)
    mouse.move(title["x"] + 20, title["y"] + 6, steps=10)
    expect(inside.page.locator("body > .is-dragged")).to_be_visible()
    expect(inside.page.locator("#fields > li >> nth=1 >> .schema-name")).to_have_value("rating")
    mouse.up()
    expect(inside.page.locator("[data-summary]")).to_have_text("another order")
    assert shown_names(inside) == ["id", "rating", "title", "mood", "created"]
    inside.page.keyboard.press("Control+s")
    saved(inside)
    assert names(server) == ["id", "rating", "title", "mood", "created"]


def test_a_row_is_moved_by_keys(inside: Tab, server: Server) -> None:
    open_editor(inside)
    row(inside, "mood").locator("summary").press("Enter")
    down = row(inside, "mood").locator("[data-move='1']")
    down.press("Enter")
    expect(down).to_be_focused()
    assert shown_names(inside) == ["id", "title", "rating", "mood", "created"]
    row(inside, "mood").locator("[data-move='-1']").press("Enter")
    assert shown_names(inside) == ["id", "title", "mood", "rating", "created"]
    expect(inside.page.locator(".changes")).to_be_hidden()


def test_what_is_removed_can_be_kept_until_it_is_saved(inside: Tab, server: Server) -> None:
    open_editor(inside)
    rating = row(inside, "rating")
    rating.locator("summary").click()
    rating.locator(".as-button").click()
    expect(rating.locator("details")).not_to_have_attribute("open", "")
    expect(inside.page.locator("[data-summary]")).to_have_text("1 removed")
    rating.locator(".keeper").click()
    expect(inside.page.locator(".changes")).to_be_hidden()
    rating.locator("summary").click()
    rating.locator(".as-button").click()
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".review-list li.loses")).to_contain_text("Goes, with 1 value.")
    inside.page.wait_for_load_state()
    inside.page.keyboard.press("Control+s")
    saved(inside)
    assert names(server) == ["id", "title", "mood", "created"]
    assert stored(server)["indexes"] == []


def test_a_copy_has_the_options_of_its_original(inside: Tab, server: Server) -> None:
    open_editor(inside)
    mood = row(inside, "mood")
    mood.locator("summary").click()
    mood.locator("textarea").first.fill("sad\nglad\nmad")
    mood.locator("text=Multiple").click()
    mood.locator("[data-copies-row]").click()
    expect(inside.page.locator(".schema-name:focus")).to_have_value("mood_copy")
    inside.page.keyboard.press("Control+s")
    saved(inside)
    by_name = {field["name"]: field for field in stored(server)["fields"]}
    assert by_name["mood_copy"]["values"] == ["sad", "glad", "mad"]
    assert by_name["mood"]["maxSelect"] == by_name["mood_copy"]["maxSelect"] == 3
    assert by_name["mood_copy"]["id"] != by_name["mood"]["id"]


def test_a_new_row_that_is_removed_is_gone(inside: Tab) -> None:
    open_editor(inside)
    inside.page.locator("#add-field summary").click()
    inside.page.click("[data-adds=bool]")
    added = inside.page.locator("#fields > li[data-is-new]")
    added.locator(".as-button").click()
    expect(added).to_have_count(0)
    expect(inside.page.locator(".changes")).to_be_hidden()


def test_columns_and_uniqueness_are_switched_in_the_sql(inside: Tab, server: Server) -> None:
    open_editor(inside)
    inside.page.click("[data-adds-index]")
    index = inside.page.locator("#indexes > li[data-is-new]")
    index.locator(".index-columns >> text=title").click()
    index.locator(".index-columns >> text=mood").click()
    index.locator(".index-columns >> text=title").click()
    index.locator("[data-unique] input").click()
    sql = index.locator("textarea").input_value()
    assert sql.startswith("CREATE UNIQUE INDEX `idx_")
    assert sql.endswith("` ON `things` (`mood`)")
    index.locator("textarea").fill(sql.replace("UNIQUE ", "").replace("(`mood`)", "(lower(`mood`), title)"))
    expect(index.locator("[data-unique] input")).not_to_be_checked()
    expect(index.locator(".index-columns >> text=title")).to_have_attribute("aria-pressed", "true")
    inside.page.keyboard.press("Control+s")
    saved(inside)
    assert len(stored(server)["indexes"]) == 2


def test_enter_saves_what_has_changed_or_does_nothing(inside: Tab, server: Server) -> None:
    open_editor(inside)
    name = row(inside, "mood").locator(".schema-name")
    name.press("Enter")
    assert shown_names(inside) == ["id", "title", "mood", "rating", "created"]
    row(inside, "title").locator("summary").click()
    row(inside, "title").locator("input[name$='-max']").fill("12")
    row(inside, "title").locator("input[name$='-max']").press("Enter")
    saved(inside)
    assert stored(server)["fields"][1]["max"] == 12


def test_what_is_refused_stands_open_at_its_option(inside: Tab) -> None:
    open_editor(inside)
    row(inside, "title").locator("summary").click()
    row(inside, "title").locator("input[name$='-pattern']").fill("(")
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator("#problem")).to_be_focused()
    expect(row(inside, "title").locator(".field-error")).to_be_visible()
    expect(row(inside, "title").locator("input[name$='-pattern']")).to_have_value("(")


def test_who_leaves_is_asked_first(inside: Tab) -> None:
    open_editor(inside)
    inside.page.fill("#c-name", "other")
    asked = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    inside.page.on("dialog", stay)
    inside.page.locator(".page-actions >> text=Records").click()
    expect(inside.page.locator("#c-name")).to_have_value("other")
    assert asked == ["beforeunload"]
    inside.page.remove_listener("dialog", stay)
    inside.page.click("text=Reset")
    expect(inside.page.locator("#c-name")).to_have_value("things")


def test_hidden_is_not_presentable(inside: Tab) -> None:
    open_editor(inside)
    title = row(inside, "title")
    title.locator("summary").click()
    title.locator("[data-flag=presentable]").check()
    expect(title.locator("[data-shows=presentable]")).to_be_visible()
    title.locator("[data-flag=hidden]").check()
    expect(title.locator("[data-flag=presentable]")).not_to_be_checked()
    expect(title.locator("[data-flag=presentable]")).to_be_disabled()


def test_file_types_are_chosen_by_one_word(inside: Tab, server: Server) -> None:
    open_editor(inside)
    inside.page.keyboard.press("n")
    inside.page.click("[data-adds=file]")
    added = inside.page.locator("#fields > li[data-is-new]")
    added.locator("[data-lines] >> text=Archives").click()
    expect(added.locator("[data-lines] >> text=Archives")).to_have_attribute("aria-pressed", "true")
    added.locator("[data-adds-line]").fill("text/csv")
    added.locator("[data-adds-line]").press("Enter")
    inside.page.keyboard.press("Control+s")
    saved(inside)
    file = next(field for field in stored(server)["fields"] if field["name"] == "file")
    assert {"application/zip", "text/csv"} <= set(file["mimeTypes"])


def test_a_bound_of_dates_is_set_by_a_clock(chromium: Browser, server: Server, things: None) -> None:
    with tab_in(chromium, server.url, timezone_id="Europe/Helsinki") as tab:
        sign_in(tab)
        open_editor(tab)
        tab.page.keyboard.press("n")
        tab.page.click("[data-adds=date]")
        added = tab.page.locator("#fields > li[data-is-new]")
        added.locator("[type=datetime-local]").first.fill("2026-06-01T12:30:00")
        expect(added.locator("[data-moment]").first).to_have_value("2026-06-01 09:30:00.000Z")
        added.locator("[data-moment]").first.fill("2026-12-01 10:00:00.000Z")
        added.locator("[data-moment]").first.blur()
        expect(added.locator("[type=datetime-local]").first).to_have_value("2026-12-01T12:00")


def test_the_definition_is_copied(chromium: Browser, server: Server, things: None) -> None:
    options = {"permissions": ["clipboard-read", "clipboard-write"]}
    with tab_in(chromium, server.url, **options) as tab:
        sign_in(tab)
        open_editor(tab)
        tab.page.click(".page-actions summary")
        tab.page.click("text=Copy JSON")
        expect(tab.page.locator(".toast")).to_contain_text("JSON copied.")
        assert json.loads(tab.page.evaluate("navigator.clipboard.readText()"))["name"] == "things"


def test_another_type_is_chosen_while_it_is_new(inside: Tab) -> None:
    inside.open("/_/collections/new-collection/")
    inside.page.fill("#c-name", "New people")
    expect(inside.page.locator("#c-name")).to_have_value("New_people")
    inside.page.click("#add-field summary")
    inside.page.click("[data-adds=json]")
    expect(inside.page.locator(".schema-name:focus")).to_have_value("json")
    inside.page.click("[value='type:auth']")
    expect(inside.page.locator("[value='type:auth']")).to_have_attribute("aria-pressed", "true")
    expect(inside.page.locator("#c-name")).to_have_value("New_people")
    assert {"password", "email", "json"} <= set(shown_names(inside))


def test_without_scripts(chromium: Browser, server: Server, things: None) -> None:
    with tab_in(chromium, server.url, java_script_enabled=False) as tab:
        sign_in(tab)
        tab.open(EDIT)
        tab.page.click("#add-field summary")
        tab.page.click("[value='add:email']")
        assert shown_names(tab) == ["id", "title", "mood", "rating", "email", "created"]
        row(tab, "rating").locator("summary").click()
        row(tab, "rating").locator(".as-button").click()
        row(tab, "title").locator("summary").click()
        row(tab, "title").locator("noscript button >> nth=1").click()
        assert shown_names(tab) == ["id", "mood", "title", "rating", "email", "created"]
        tab.page.click("button.primary[data-saves]")
        expect(tab.page.locator(".review-list")).to_contain_text("Goes, with 1 value.")
        tab.page.click("text=Save the changes")
        saved(tab)
    assert names(server) == ["id", "mood", "title", "email", "created"]
