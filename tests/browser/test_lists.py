"""Lists of records as people use them: saved views, filters by field, several records at once, imports, and
what others change meanwhile."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import superuser_token
from tests.browser.dashboard_world import world_shown
from tests.browser.screen_lists.lists import CSV
from tests.browser.screens import sign_in
from tests.served import Server

POSTS = "/_/collections/posts/"
World = tuple[Server, dict[str, list[str]]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_shown(tmp_path_factory.mktemp("lists")) as world:
        yield world


@pytest.fixture
def inside(chromium: Browser, world: World) -> Iterator[Tab]:
    with tab_in(chromium, world[0].url, viewport={"width": 1440, "height": 900}) as tab:
        sign_in(tab)
        yield tab


def open_list(tab: Tab, query: str = "") -> None:
    tab.open(POSTS + query)
    tab.page.wait_for_load_state("networkidle")


def open_live(tab: Tab, query: str = "") -> None:
    open_list(tab, query)
    expect(tab.page.locator("#live")).to_be_visible()


def query_of(tab: Tab) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(tab.page.url).query).items()}


class Api:
    """Somebody else who writes."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._headers = {"content-type": "application/json", "authorization": superuser_token(server)}

    def send(self, method: str, path: str, body: object = None) -> dict:
        text = None if body is None else json.dumps(body)
        answer = self._server.request(method, f"/api/{path}", self._headers, text)
        assert answer.status in {200, 204}, answer.body
        return json.loads(answer.body) if answer.body else {}

    def change(self, record_id: str, **values: object) -> None:
        self.send("PATCH", f"collections/posts/records/{record_id}", values)

    def create(self, **values: object) -> str:
        return str(self.send("POST", "collections/posts/records", values)["id"])


@pytest.fixture
def api(world: World) -> Api:
    return Api(world[0])


def test_a_row_changes_in_its_place_when_others_change_it(inside: Tab, api: Api) -> None:
    open_live(inside)
    rows = inside.page.locator("#rows tbody tr")
    record_id = rows.nth(3).locator(".check-cell input").get_attribute("value")
    order = rows.locator(".check-cell input").evaluate_all("boxes => boxes.map(box => box.value)")
    rows.nth(3).locator(".check-cell input").check()
    api.change(str(record_id), title="Changed by somebody else")
    expect(rows.nth(3).locator(".title-cell a")).to_have_text("Changed by somebody else")
    expect(rows.nth(3).locator(".check-cell input")).to_be_checked()
    assert rows.locator(".check-cell input").evaluate_all("boxes => boxes.map(box => box.value)") == order
    # The row that came is one like the others.
    rows.nth(3).locator(".title-cell a").click()
    expect(inside.page.locator(".panel-title")).to_have_text("Changed by somebody else")


def test_new_ones_are_announced_and_those_that_are_gone_marked(inside: Tab, api: Api) -> None:
    record_id = api.create(title="Soon gone")
    open_live(inside)
    first = inside.page.locator("#rows tbody tr").first
    expect(first.locator(".title-cell a")).to_have_text("Soon gone")
    api.send("DELETE", f"collections/posts/records/{record_id}")
    expect(first).to_have_class("gone")
    expect(inside.page.locator("#refresh")).to_have_attribute("title", "Refresh: the list has changed")
    expect(inside.page.locator("#refresh.stale")).to_be_visible()
    for title in ("New one", "Newer one"):
        api.create(title=title)
    news = inside.page.locator("#live-news")
    expect(news).to_have_text("2 new records")
    expect(first.locator(".title-cell a")).to_have_text("Soon gone")  # nothing has moved
    news.click()
    expect(first.locator(".title-cell a")).to_have_text("Newer one")
    expect(news).to_be_hidden()
    expect(inside.page.locator("#live")).to_be_visible()


def test_what_the_filter_leaves_out_is_not_announced(inside: Tab, api: Api) -> None:
    open_live(inside, "?filter=status = 'archived'")
    api.create(title="Another draft", status="draft")
    api.create(title="In the archive", status="archived")
    expect(inside.page.locator("#live-news")).to_have_text("1 new record")


def test_of_many_changes_only_the_number_is_told(inside: Tab, api: Api) -> None:
    open_live(inside)
    asked: list[str] = []
    inside.page.on("request", lambda request: asked.append(request.url) if "/rows/" in request.url else None)
    api.send("PATCH", "settings", {"batch": {"enabled": True, "maxRequests": 300, "timeout": 30}})
    request = {"method": "POST", "url": "/api/collections/tags/records"}
    api.send("POST", "batch", {"requests": [{**request, "body": {"name": "other"}} for _ in range(200)]})
    request = {"method": "POST", "url": "/api/collections/posts/records"}
    api.send("POST", "batch", {"requests": [{**request, "body": {"title": "x"}} for _ in range(200)]})
    expect(inside.page.locator("#live-news")).to_have_text("200 changes")
    assert asked == []


def test_one_stream_a_page_and_none_for_who_is_not_there(inside: Tab) -> None:
    open_live(inside)
    inside.page.click("#rows th:nth-child(2) a")
    expect(inside.page.locator("#rows th[aria-sort]")).to_be_visible()
    expect(inside.page.locator("#live")).to_be_visible()
    streams = [request for request in inside.requests if "/live-feeds/" in request.url]
    assert len(streams) == 1


def test_a_filter_by_fields_is_made_and_changed(inside: Tab) -> None:
    open_list(inside)
    inside.page.get_by_text("Add filter").first.click()
    inside.page.check("[name='f.status'][value=draft]")
    inside.page.fill("[name='f.rating.low']", "2")
    inside.page.click("#conditions-form .primary")
    expect(inside.page.locator("#filter")).to_have_value('status = "draft" && rating >= 2')
    inside.page.get_by_text("Add filter").first.click()
    expect(inside.page.locator("[name='f.status'][value=draft]")).to_be_checked()
    inside.page.uncheck("[name='f.status'][value=draft]")
    inside.page.click("#conditions-form .primary")
    expect(inside.page.locator("#filter")).to_have_value("rating >= 2")


def test_earlier_filters_are_offered_and_forgotten(inside: Tab) -> None:
    for said in ("harbours", "status = 'draft'"):
        open_list(inside)
        inside.page.fill("#filter", said)
        inside.page.keyboard.press("Enter")
        expect(inside.page.locator("#filter-history li a").first).to_have_text(said)
    open_list(inside)
    inside.page.click("#filter-history summary")
    entries = inside.page.locator("#filter-history li a")
    expect(entries).to_have_text(["status = 'draft'", "harbours"])
    inside.page.locator("#filter-history li button").first.click()
    expect(entries).to_have_text(["harbours"])
    entries.first.click()
    expect(inside.page.locator("#filter")).to_have_value("harbours")


def test_a_view_is_saved_and_found_again(inside: Tab) -> None:
    open_list(inside, "?filter=status = 'review'&sort=-title")
    inside.page.click(".page-tabs [data-panel]")
    inside.page.fill("#view-name", "Needs review")
    inside.page.click("#panel .primary")
    tab = inside.page.locator(".page-tabs a", has_text="Needs review")
    expect(tab).to_have_attribute("aria-current", "page")
    inside.page.click(".page-tabs a >> nth=0")
    expect(tab).not_to_have_attribute("aria-current", "page")
    tab.click()
    expect(inside.page.locator("#filter")).to_have_value("status = 'review'")
    assert query_of(inside)["sort"] == "-title"


def test_a_field_of_the_selected_records(inside: Tab) -> None:
    open_list(inside, "?sort=title&filter=status != 'archived'")
    boxes = inside.page.locator("#rows tbody .check-cell input")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    inside.page.get_by_text("Edit field…").first.click()
    inside.page.check("[name=field][value=status]")
    inside.page.click("#field-status")
    inside.page.get_by_role("option", name="archived").click()
    inside.page.get_by_role("button", name="Change 3 records").click()
    expect(inside.page.locator(".toast")).to_contain_text("Changed 3 records.")
    assert query_of(inside) == {"sort": "title", "filter": "status != 'archived'"}


def test_a_relation_of_the_selected_records_is_found_by_its_name(inside: Tab) -> None:
    open_list(inside, "?sort=title")
    inside.page.locator("#rows tbody .check-cell input").nth(1).check()
    inside.page.get_by_text("Edit field…").first.click()
    inside.page.check("[name=field][value=author]")
    field = inside.page.locator(".field-choice", has_text="author")
    field.get_by_role("button", name="Change").click()
    field.locator("[data-search]").fill("lena")
    field.get_by_role("option", name="Lena Ohm").click()
    inside.page.get_by_role("button", name="Change 1 record").click()
    expect(inside.page.locator(".toast")).to_contain_text("Changed 1 record.")
    expect(inside.page.locator("#rows tbody tr").nth(1)).to_contain_text("Lena Ohm")


def test_rows_are_edited_in_their_places(inside: Tab) -> None:
    inside.open(f"{POSTS}edit-rows/?sort=title&columns=title.rating.featured")
    inside.page.fill("[name='cell.1.rating']", "1.5")
    expect(inside.page.locator(".changes")).to_have_text("1 row changed")
    inside.page.fill("[name='cell.2.rating']", "99")
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".field-error")).to_have_text("Must be less or equal than 5.")
    expect(inside.page.locator("[name='cell.1.rating']")).to_have_value("1.5")
    inside.page.fill("[name='cell.2.rating']", "2")
    inside.page.keyboard.press("Enter")
    expect(inside.page.locator(".toast")).to_contain_text("Saved 2 records.")


def test_the_selected_and_all_are_downloaded(inside: Tab) -> None:
    open_list(inside, "?filter=status = 'published'")
    count = int(inside.page.locator("#count strong").inner_text())
    inside.page.click("[aria-label=More]")
    with inside.page.expect_download() as download:
        inside.page.click("header [data-downloads][value=csv]")
    assert download.value.suggested_filename.endswith(".csv")
    assert len(download.value.path().read_text().splitlines()) == count + 1
    inside.page.keyboard.press("Escape")
    boxes = inside.page.locator("#rows tbody .check-cell input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    inside.page.click(".selection-bar summary")
    with inside.page.expect_download() as download:
        inside.page.click(".selection-bar [value=json]")
    assert len(json.loads(download.value.path().read_text())) == 2


def test_a_file_is_checked_and_imported(inside: Tab) -> None:
    inside.open(f"{POSTS}import/")
    file: FilePayload = {"name": "posts.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    inside.page.set_input_files("[type=file]", files=[file])
    inside.page.click("form .primary")
    inside.page.get_by_role("button", name="Check", exact=True).click()
    expect(inside.page.locator(".import-problems tbody tr")).to_have_count(2)
    expect(inside.page.locator(".notice strong")).to_have_text("Checked, nothing is written yet.")
    inside.page.check("[name=skips_wrong]")
    inside.page.get_by_role("button", name="Import 2 rows").click()
    expect(inside.page.locator(".notice.ok")).to_contain_text("2 new, 0 changed, 2 left out.")
    inside.page.get_by_text("Show posts").click()
    expect(inside.page.locator("#rows tbody tr .title-cell a").first).to_have_text("A map of winters")


def test_without_scripts(chromium: Browser, world: World) -> None:
    viewport = {"width": 1440, "height": 900}
    with tab_in(chromium, world[0].url, java_script_enabled=False, viewport=viewport) as tab:
        sign_in(tab)
        tab.open(f"{POSTS}filter/")
        tab.page.check("[name='f.status'][value=draft]")
        tab.page.click("#conditions-form .primary")
        tab.page.click(".page-tabs [data-panel]")
        tab.page.fill("#view-name", "Drafts")
        tab.page.click("#panel .primary")
        expect(tab.page.locator(".page-tabs [aria-current]")).to_have_text("Drafts")
        tab.page.locator("#rows tbody .check-cell input").first.check()
        tab.page.locator(".selection-bar .button").first.click()
        tab.page.check("[name=field][value=rating]")
        tab.page.fill("#field-rating", "4")
        tab.page.get_by_role("button", name="Change 1 record").click()
        expect(tab.page.locator(".toast")).to_contain_text("Changed 1 record.")


def test_collections_are_found_in_the_sidebar_by_name_id_and_type(inside: Tab) -> None:
    open_list(inside)
    entries = inside.page.locator("#nav-collections .nav-item:visible, #nav-system .nav-item:visible")
    inside.page.fill("[data-filters]", "view")
    expect(entries).to_have_text(["post_stats"])
    inside.page.fill("[data-filters]", "_superus")
    expect(entries).to_have_text(["_superusers"])
    inside.page.keyboard.press("Escape")
    expect(inside.page.locator("#nav-collections .nav-item:visible")).not_to_have_count(0)


def test_a_button_whose_form_is_on_its_way_cannot_be_pressed_again(inside: Tab) -> None:
    open_list(inside)
    # An answer that leaves the page as it is.
    inside.page.route("**/columns/", lambda route: route.fulfill(status=204))
    inside.page.click("[title=Columns]")
    button = inside.page.get_by_text("Show these")
    button.click()
    expect(button).to_be_disabled(timeout=10_000)
    assert button.get_attribute("aria-busy") == "true"
