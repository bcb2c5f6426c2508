"""The form of a record in a browser: drafts, files, choices, relations, rich text, accounts and maps."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Route, expect

from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES, MIB
from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import as_superuser, new_data_dir, superuser_token
from tests.browser.dashboard_world import Ids, made, world_shown
from tests.browser.screens import sign_in
from tests.served import Server, start

POSTS = "/_/collections/posts/"
_WIDE = {"viewport": {"width": 1440, "height": 900}, "timezone_id": "Europe/Helsinki"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Ids]]:
    with world_shown(tmp_path_factory.mktemp("form")) as world:
        yield world


@pytest.fixture
def inside(chromium: Browser, world: tuple[Server, Ids]) -> Iterator[Tab]:
    """A tab of who has signed in."""
    with tab_in(chromium, world[0].url, **_WIDE) as tab:
        sign_in(tab)
        yield tab


def open_post(tab: Tab, ids: Ids, number: int) -> str:
    """Opens a record by its address; returns its id."""
    post = ids["posts"][number]
    tab.open(f"{POSTS}records/{post}/")
    ready(tab)
    return post


def ready(tab: Tab) -> None:
    expect(tab.page.locator("#record-form[data-is-ready=true]")).to_be_attached()


def rich(tab: Tab) -> Locator:
    expect(tab.page.locator(".rich-text[data-is-ready]")).to_be_attached()
    return tab.page.locator(".rich-body")


def save(tab: Tab) -> None:
    tab.page.keyboard.press("Control+s")
    expect(tab.page.locator(".toast")).to_contain_text("Saved.")
    ready(tab)


def field(tab: Tab, name: str) -> Locator:
    return tab.page.locator(f"#record-form .form-grid > [data-field='{name}']")


def stored(server: Server, collection: str, record_id: str) -> dict[str, Any]:
    headers = {"authorization": superuser_token(server)}
    answer = server.request("GET", f"/api/collections/{collection}/records/{record_id}", headers)
    found: dict[str, Any] = json.loads(answer.body)
    return found


def png(name: str, size: tuple[int, int] = (20, 20)) -> FilePayload:
    content = io.BytesIO()
    Image.new("RGB", size, (40, 90, 160)).save(content, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": content.getvalue()}


# --- drafts -----------------------------------------------------------------------------------------------


def drafts(tab: Tab) -> list[str]:
    found: list[str] = tab.page.evaluate(
        "() => Object.keys(localStorage).filter(key => key.startsWith('draft:'))"
    )
    return found


def keep_a_draft(tab: Tab, ids: Ids, number: int) -> None:
    """Edits of every kind that nobody saves, and then the browser is gone."""
    open_post(tab, ids, number)
    tab.page.fill("#field-title", "Half a thought")
    tab.page.fill("#field-edit_token", "s3cret")
    field(tab, "tags").get_by_role("button", name="Change").click()
    field(tab, "tags").get_by_role("option", name="maps").click()
    tab.page.keyboard.press("Escape")
    tab.page.fill("#field-published", "2026-06-01T12:30:00")
    rich(tab).press("End")
    rich(tab).press_sequentially(" And more.")
    tab.page.wait_for_timeout(600)  # it is kept a moment later
    tab.page.on("dialog", lambda dialog: dialog.accept())  # the browser asks, too
    tab.page.close(run_before_unload=True)
    tab.page = tab.page.context.new_page()


def test_a_draft_is_offered_and_brings_everything_back(inside: Tab, world: tuple[Server, Ids]) -> None:
    keep_a_draft(inside, world[1], 10)
    open_post(inside, world[1], 10)
    rich(inside)
    expect(inside.page.locator("#draft")).to_contain_text("You left unsaved edits here")
    (key,) = drafts(inside)
    assert "s3cret" not in inside.page.evaluate("key => localStorage.getItem(key)", key)
    inside.page.click("[data-restores-draft]")
    expect(inside.page.locator("#field-title")).to_have_value("Half a thought")
    expect(inside.page.locator("#field-published")).to_have_value("2026-06-01T12:30")
    expect(field(inside, "tags").locator("[data-chosen] li", has_text="maps")).to_be_visible()
    expect(rich(inside)).to_contain_text("And more.")
    expect(inside.page.locator(".changes")).to_have_text("4 changes")
    save(inside)
    assert drafts(inside) == []
    post = stored(world[0], "posts", world[1]["posts"][10])
    assert post["title"] == "Half a thought"
    assert post["published"] == "2026-06-01 09:30:00.000Z"
    assert post["body"].endswith("And more.</p>") or "And more." in post["body"]
    inside.page.reload()
    ready(inside)
    expect(inside.page.locator("#draft")).to_be_hidden()


@pytest.mark.parametrize("way", ["discarded", "signed_out"])
def test_a_draft_goes_when_it_is(inside: Tab, world: tuple[Server, Ids], way: str) -> None:
    keep_a_draft(inside, world[1], 11)
    open_post(inside, world[1], 11)
    assert len(drafts(inside)) == 1
    if way == "discarded":
        inside.page.click("[data-discards-draft]")
        expect(inside.page.locator("#draft")).to_be_hidden()
    else:
        inside.page.click("summary.account")
        inside.page.click("#logout-form button")
        inside.page.wait_for_load_state("networkidle")
    assert drafts(inside) == []


def test_who_says_that_changes_may_go_keeps_no_draft(inside: Tab, world: tuple[Server, Ids]) -> None:
    inside.open(POSTS)
    inside.page.locator("#rows tbody tr:nth-child(4) .title-cell a").click()
    ready(inside)
    inside.page.fill("#field-title", "Half a thought")
    inside.page.wait_for_timeout(600)
    assert len(drafts(inside)) == 1
    inside.page.keyboard.press("Escape")
    inside.page.click("#leave [value=go]")
    expect(inside.page.locator("#panel")).to_be_hidden()
    assert drafts(inside) == []


def test_where_text_begins_and_ends(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 26)
    rich(inside).locator("p").first.click()
    align = field(inside, "body").get_by_label("Alignment")
    align.select_option("center")
    html = field(inside, "body").locator("textarea")
    expect(html).to_have_value(re.compile('<p style="text-align: center">'))
    expect(rich(inside).locator("p").first).to_have_css("text-align", "center")
    align.select_option("rtl")
    expect(html).to_have_value(re.compile('<p dir="rtl">'))


# --- files ------------------------------------------------------------------------------------------------


def test_files_are_added_several_times_moved_and_taken_away(inside: Tab, world: tuple[Server, Ids]) -> None:
    post = open_post(inside, world[1], 5)
    first, second = stored(world[0], "posts", post)["gallery"]
    gallery = field(inside, "gallery")
    chooser = gallery.locator("input[type=file]")
    chooser.set_input_files([png("one.png")])
    chooser.set_input_files([png("two.png"), png("three.png")])
    added = gallery.locator("[data-added] li")
    expect(added).to_have_count(3)
    expect(added.first).to_contain_text("New")
    added.nth(1).get_by_role("button", name="Remove two.png").click()
    expect(added).to_have_count(2)
    gallery.get_by_role("button", name=f"Move {second} up").click()
    expect(gallery.locator("li[data-name]").first).to_have_attribute("data-name", second)
    gallery.locator(f"li[data-name='{first}'] label.remove").click()
    expect(gallery.locator(f"li[data-name='{first}']")).to_contain_text("Goes when you save")
    gallery.locator(f"li[data-name='{first}'] label.remove").click()
    save(inside)
    names = stored(world[0], "posts", post)["gallery"]
    assert names[:2] == [second, first]
    assert [name.partition("_")[0] for name in names[2:]] == ["one", "three"]


def test_a_reset_leaves_nothing_behind(inside: Tab, world: tuple[Server, Ids]) -> None:
    post = open_post(inside, world[1], 6)
    before = [
        item.get_attribute("data-name") for item in field(inside, "gallery").locator("li[data-name]").all()
    ]
    field(inside, "gallery").locator("input[type=file]").set_input_files([png("one.png")])
    field(inside, "gallery").get_by_role("button", name=f"Move {before[1]} up").click()
    inside.page.fill("#field-title", "x")
    field(inside, "tags").get_by_role("button", name="Change").click()
    for name in ("rail", "coast"):
        field(inside, "tags").get_by_role("option", name=name).click()
    inside.page.keyboard.press("Escape")
    rich(inside).press_sequentially("x")
    expect(inside.page.locator(".changes")).to_have_text("4 changes")
    inside.page.get_by_role("button", name="Reset").click()
    expect(inside.page.locator(".changes")).to_be_hidden()
    after = [
        item.get_attribute("data-name") for item in field(inside, "gallery").locator("li[data-name]").all()
    ]
    assert after == before
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".toast")).to_contain_text("Saved.")
    assert stored(world[0], "posts", post)["gallery"] == before


def test_files_that_are_dropped(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 7)
    zone = field(inside, "gallery").locator(".drop-zone")
    zone.evaluate(
        """zone => {
            const data = new DataTransfer();
            data.items.add(new File(["x"], "dropped.png", { type: "image/png" }));
            for (const name of ["dragover", "drop"])
                zone.dispatchEvent(new DragEvent(name, { cancelable: true, dataTransfer: data }));
        }"""
    )
    expect(field(inside, "gallery").locator("[data-added]")).to_contain_text("dropped.png")
    expect(inside.page.locator(".changes")).to_have_text("1 change")


def test_how_much_of_a_large_file_is_sent(inside: Tab, world: tuple[Server, Ids], tmp_path: Path) -> None:
    film = {"type": "file", "name": "film", "maxSelect": 1, "maxSize": 100 * MIB}
    as_superuser(world[0], "POST", "collections", {"name": "films", "fields": [film]})
    large = tmp_path / "film.bin"
    large.write_bytes(bytes(DEFAULT_LIMIT_BYTES + MIB))  # more than others than its form may bring
    inside.open("/_/collections/films/new/")
    ready(inside)
    upload_bytes_per_second(inside, 4 * MIB)
    field(inside, "film").locator("input[type=file]").set_input_files(large)
    inside.page.keyboard.press("Control+s")
    sending = inside.page.locator("[data-sending]")
    expect(sending).to_contain_text(re.compile(r"MB of 33 MB sent"))
    sending.get_by_role("button", name="Stop").click()
    expect(sending).to_be_hidden()
    expect(inside.page.locator("#save-record")).to_be_enabled()
    assert [text.startswith("htmx:") for text in inside.complaints] == [True, True]  # that it was stopped
    inside.complaints.clear()
    expect(field(inside, "film").locator("[data-added]")).to_contain_text("film.bin")
    upload_bytes_per_second(inside, -1)
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".toast")).to_contain_text("Created.")
    expect(sending).to_be_hidden()


def upload_bytes_per_second(tab: Tab, most: int) -> None:
    network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": most}
    tab.page.context.new_cdp_session(tab.page).send("Network.emulateNetworkConditions", network)


def test_a_picture_that_cannot_be_had_is_a_file_like_others(inside: Tab, world: tuple[Server, Ids]) -> None:
    inside.may_fail = ("/api/files/*",)
    inside.page.route("**/api/files/**", lambda route: route.fulfill(status=404))
    open_post(inside, world[1], 9)
    gallery = field(inside, "gallery")
    expect(gallery.locator("li .thumb svg").first).to_be_visible()
    expect(gallery.locator("img")).to_have_count(0)
    expect(inside.page.locator("#rows tbody tr").first.locator(".thumb > img")).to_have_count(0)


def test_a_picture_is_looked_at_in_place(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 9)
    link = field(inside, "gallery").locator("a[data-preview]").first
    link.click()
    dialog = inside.page.locator("dialog.preview")
    expect(dialog.locator("img")).to_have_js_property("complete", True)
    first = dialog.locator("h2").inner_text()
    inside.page.keyboard.press("ArrowRight")
    expect(dialog.locator("h2")).not_to_have_text(first)
    inside.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()


def test_a_protected_pdf_is_looked_at_in_place(inside: Tab, world: tuple[Server, Ids]) -> None:
    paper = {"type": "file", "name": "paper", "maxSelect": 1, "protected": True}
    as_superuser(world[0], "POST", "collections", {"name": "papers", "fields": [paper]})
    inside.open("/_/collections/papers/new/")
    ready(inside)
    pdf: FilePayload = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.1\ntrailer<<>>"}
    field(inside, "paper").locator("input[type=file]").set_input_files(pdf)
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".toast")).to_contain_text("Created.")
    ready(inside)
    field(inside, "paper").locator("a[data-preview]").click()
    frame = inside.page.locator("dialog.preview iframe")
    expect(frame).to_have_attribute("src", re.compile(f"^blob:{inside.base}/"))
    frame.hover()  # nothing lies over it
    expect(frame).to_have_attribute("aria-label", re.compile(r"^a\w+\.pdf$"))
    expect(frame).to_have_js_property("title", "")


# --- choices and relations --------------------------------------------------------------------------------


def test_a_choice_by_keys(inside: Tab, world: tuple[Server, Ids]) -> None:
    post = open_post(inside, world[1], 12)
    box = field(inside, "status").get_by_role("combobox")
    box.focus()
    inside.page.keyboard.press("ArrowDown")
    expect(field(inside, "status").get_by_role("listbox")).to_be_visible()
    inside.page.keyboard.press("a")
    inside.page.keyboard.press("Enter")
    expect(box).to_have_text("archived")
    expect(box).to_be_focused()
    save(inside)
    assert stored(world[0], "posts", post)["status"] == "archived"
    box.click()
    field(inside, "status").get_by_text("Choose none").click()
    save(inside)
    assert stored(world[0], "posts", post)["status"] == ""


def test_related_records_are_chosen_up_to_the_most(inside: Tab, world: tuple[Server, Ids]) -> None:
    post = open_post(inside, world[1], 13)
    tags = field(inside, "tags")
    tags.get_by_role("button", name="Change").click()
    for name in ("rail", "coast"):
        tags.get_by_role("option", name=name).click()
    expect(tags.get_by_role("option", name="rail")).to_have_attribute("aria-selected", "true")
    expect(tags.locator("[data-note]")).to_have_text("4 of 8")
    tags.locator("[data-search]").press("ArrowDown")
    expect(tags.get_by_role("option").first).to_be_focused()
    inside.page.keyboard.press("Escape")
    expect(tags.get_by_role("listbox")).to_be_hidden()
    tags.locator("[data-chosen] li", has_text="coast").hover()
    tags.get_by_role("button", name="Move coast forward").click()
    save(inside)
    rail, coast, _, food, maps = world[1]["tags"]
    assert stored(world[0], "posts", post)["tags"] == [food, maps, coast, rail]


def test_a_related_record_is_made_and_changed_without_leaving(inside: Tab, world: tuple[Server, Ids]) -> None:
    post = open_post(inside, world[1], 14)
    inside.page.fill("#field-title", "Not saved yet")
    tags = field(inside, "tags")
    tags.get_by_role("button", name="Change").click()
    tags.get_by_role("link", name="New in tags").click()
    expect(inside.page.locator(".panel-title")).to_have_text("New record in tags")
    ready(inside)
    inside.page.fill("#field-name", "deserts")
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".panel-title")).not_to_have_text("New record in tags")
    expect(inside.page.locator("#field-title")).to_have_value("Not saved yet")
    chip = tags.locator("[data-chosen] li", has_text="deserts")
    expect(chip).to_be_visible()
    chip.get_by_role("link", name="Open deserts").click()
    expect(inside.page.locator("#field-name")).to_have_value("deserts")
    ready(inside)
    inside.page.fill("#field-name", "dunes")
    inside.page.keyboard.press("Escape")  # asks, as ever
    inside.page.click("#leave [value=stay]")
    inside.page.keyboard.press("Control+s")
    expect(tags.locator("[data-chosen] li", has_text="dunes")).to_be_visible()
    assert inside.page.url.endswith(f"/records/{post}/")
    save(inside)
    kept = stored(world[0], "posts", post)
    assert kept["title"] == "Not saved yet"
    assert stored(world[0], "tags", kept["tags"][-1])["name"] == "dunes"


def test_what_is_wrong_inside_is_told_there(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 15)
    author = field(inside, "author")
    author.get_by_role("button", name="Change").click()
    author.get_by_role("link", name="New in users").click()
    expect(inside.page.locator("[data-leaves-inside]")).to_be_visible()
    ready(inside)
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator("#problem")).to_be_visible()
    expect(inside.page.locator("[data-leaves-inside]")).to_be_visible()
    inside.page.keyboard.press("Escape")
    inside.page.click("#leave [value=go]")
    expect(inside.page.locator("#field-title")).to_be_visible()
    expect(inside.page.locator("#leave")).to_be_hidden()


def test_a_card_says_what_a_related_record_is(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 16)
    field(inside, "author").locator(".chip").hover()
    card = inside.page.locator(".record-card")
    expect(card).to_contain_text("collectionName")
    inside.page.keyboard.press("Escape")
    expect(card).to_have_count(0)


# --- rich text --------------------------------------------------------------------------------------------


def test_text_with_formats_is_kept_as_html(inside: Tab, world: tuple[Server, Ids]) -> None:
    post = open_post(inside, world[1], 17)
    before = stored(world[0], "posts", post)["body"]
    text = rich(inside)
    expect(inside.page.locator(".changes")).to_be_hidden()  # to look at it changes nothing
    save(inside)
    assert stored(world[0], "posts", post)["body"] == before
    text = rich(inside)
    inside.page.keyboard.press("Tab")
    text.click()
    inside.page.keyboard.press("Control+a")
    inside.page.keyboard.type("Plain ")
    inside.page.keyboard.press("Control+b")
    inside.page.keyboard.type("bold")
    expect(field(inside, "body").get_by_role("button", name="Bold")).to_have_attribute("aria-pressed", "true")
    save(inside)
    assert "<strong>bold</strong>" in stored(world[0], "posts", post)["body"]


@pytest.mark.parametrize(
    ("html", "is_source"),
    [
        pytest.param(
            '<p style="text-align: center; position: fixed" class="lead" id="record-form">a</p>',
            False,
            id="styles",
        ),
        pytest.param(
            '<p>a <a target="_blank" href="https://example.com">b</a> <img src="/x.png" alt=""></p>',
            False,
            id="link_picture",
        ),
        pytest.param("<table><tbody><tr><td><p>a</p></td></tr></tbody></table>", False, id="table"),
        pytest.param('<div class="x"><video src="/a.mp4"></video></div>', True, id="unknown"),
        pytest.param('<p onclick="alert(1)">a</p><script>alert(2)</script>', True, id="hostile"),
        pytest.param("<style>p { color: red }</style><p>a</p>", True, id="sheet"),
        pytest.param('<p><a href="javascript:alert(1)">a</a></p>', True, id="script_link"),
        pytest.param('<p>a <img src="https://elsewhere.example/x.png" alt="b"></p>', False, id="elsewhere"),
        pytest.param("<p>a</p><!-- b -->", True, id="comment"),
        pytest.param("<p>a &lt;b style=&gt; c</p>", False, id="signs"),
    ],
)
def test_nothing_of_html_is_lost(inside: Tab, world: tuple[Server, Ids], html: str, is_source: bool) -> None:
    post = world[1]["posts"][18]
    as_superuser(world[0], "PATCH", f"collections/posts/records/{post}", {"body": html})
    inside.may_fail = ("/x.png", "/a.mp4")
    inside.page.on("dialog", lambda dialog: inside.complaints.append("a script of a record ran"))
    open_post(inside, world[1], 18)
    box = field(inside, "body")
    rich(inside)
    expect(box.locator("textarea")).to_be_visible(visible=is_source)
    if is_source:
        return
    rich(inside).locator("p").first.click(position={"x": 2, "y": 8})
    inside.page.keyboard.type("!")
    inside.page.keyboard.press("Backspace")
    assert box.locator("textarea").input_value() == html
    assert inside.page.evaluate("document.querySelectorAll('.rich-body [style*=position]').length") == 0


def test_what_is_pasted_is_cleaned(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 20)
    rich(inside).click()
    inside.page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/html", `<!-- x --><p class="MsoNormal" style="mso-x: 1; color: red"
                onclick="alert(1)">Pasted <b>here</b><o:p></o:p><script>alert(1)<\\/script></p>`);
            const text = document.querySelector(".rich-body");
            const options = { clipboardData: data, bubbles: true, cancelable: true };
            text.dispatchEvent(new ClipboardEvent("paste", options));
        }"""
    )
    html = field(inside, "body").locator("textarea").input_value()
    assert "Pasted <strong>here</strong>" in html
    for left in ("Mso", "style", "onclick", "script", "o:p", "alert"):
        assert left not in html


def test_a_picture_of_a_collection_comes_into_the_text(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 21)
    rich(inside).click()
    field(inside, "body").get_by_role("button", name="Picture").click()
    dialog = inside.page.locator("#pictures")
    dialog.locator("[data-picture]").first.click()
    expect(dialog).to_have_count(0)
    expect(rich(inside).locator("img[src]")).to_be_visible()
    assert "/api/files/" in field(inside, "body").locator("textarea").input_value()


def test_html_and_full_screen(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 22)
    rich(inside)
    body = field(inside, "body")
    body.get_by_role("button", name="HTML").click()
    body.locator("textarea").fill("<p>By hand</p>")
    body.get_by_role("button", name="HTML").click()
    expect(rich(inside)).to_have_text("By hand")
    expect(body.locator("[data-note]")).to_have_text("2 words")
    body.get_by_role("button", name="Full screen").click()
    box = body.locator(".rich-text").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"]) == (0, 0, 1440)
    inside.page.keyboard.press("Escape")
    expect(body.locator(".rich-text.is-full")).to_have_count(0)


# --- accounts ---------------------------------------------------------------------------------------------


def test_verified_asks(inside: Tab, world: tuple[Server, Ids]) -> None:
    inside.open(f"/_/collections/users/records/{world[1]['users'][1]}/")
    ready(inside)
    switch = inside.page.locator("#field-verified")
    switch.click()
    inside.page.get_by_role("button", name="Leave it").click()
    expect(switch).not_to_be_checked()
    switch.click()
    inside.page.get_by_role("button", name="Change it").click()
    expect(switch).to_be_checked()
    expect(inside.page.locator(".changes")).to_have_text("1 change")


def test_a_token_to_act_as_somebody(inside: Tab, world: tuple[Server, Ids]) -> None:
    inside.open(f"/_/collections/users/records/{world[1]['users'][0]}/")
    ready(inside)
    inside.page.click("#panel summary[aria-label='More']")
    inside.page.get_by_role("link", name="Impersonate…").click()
    inside.page.fill("#duration", "3600")
    inside.page.get_by_role("button", name="Make a token").click()
    token = inside.page.locator("#token").input_value()
    expect(inside.page.locator(".code-text").first).to_contain_text(token)
    own = f"/api/collections/users/records/{world[1]['users'][0]}"
    answer = world[0].request("GET", own, {"authorization": token})
    assert json.loads(answer.body)["id"] == world[1]["users"][0]


def test_a_menu_by_keys_and_a_tip(inside: Tab, world: tuple[Server, Ids]) -> None:
    inside.open(f"/_/collections/users/records/{world[1]['users'][0]}/")
    ready(inside)
    more = inside.page.locator("#panel summary[aria-label='More']")
    more.focus()
    expect(inside.page.locator(".tip")).to_have_text("More")
    inside.page.keyboard.press("Enter")
    expect(inside.page.locator(".sheet-menu")).to_be_visible()
    expect(inside.page.locator(".tip")).to_have_count(0)
    inside.page.keyboard.press("ArrowDown")
    inside.page.keyboard.press("d")
    expect(inside.page.get_by_role("link", name="Duplicate")).to_be_focused()
    inside.page.keyboard.press("End")
    expect(inside.page.get_by_role("link", name="Delete…")).to_be_focused()
    inside.page.keyboard.press("Escape")
    expect(more).to_be_focused()
    inside.page.wait_for_load_state("networkidle")
    expect(inside.page.locator("#record-form")).to_be_visible()


def test_a_copy_of_a_record(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 23)
    title = inside.page.locator("#field-title").input_value()
    inside.page.click("#panel summary[aria-label='More']")
    inside.page.get_by_role("link", name="Duplicate").click()
    expect(inside.page.locator(".panel-title")).to_have_text("New record in posts")
    ready(inside)
    expect(inside.page.locator("#field-title")).to_have_value(title)
    inside.page.keyboard.press("Control+s")
    expect(inside.page.locator(".toast")).to_contain_text("Created.")
    made_id = inside.page.url.rstrip("/").rpartition("/")[2]
    copy = stored(world[0], "posts", made_id)
    assert (copy["title"], copy["gallery"]) == (title, [])
    assert copy["tags"] == stored(world[0], "posts", world[1]["posts"][23])["tags"]


# --- maps -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Ids]]:
    """A server whose settings allow a host for the map's pictures."""
    data_dir = new_data_dir(tmp_path_factory.mktemp("mapped"))
    server = start(data_dir, MAP_TILES="https://tiles.example/{z}/{x}/{y}.png")
    try:
        yield server, made(server)
    finally:
        server.stop()


@pytest.mark.parametrize("has_network", [True, False])
def test_a_point_on_a_map(chromium: Browser, mapped: tuple[Server, Ids], has_network: bool) -> None:
    server, ids = mapped
    with tab_in(chromium, server.url, **_WIDE) as tab:

        def answer(route: Route) -> None:
            if has_network:
                route.fulfill(content_type="image/png", body=png("tile", (256, 256))["buffer"])
            else:
                route.abort()

        tab.page.route("https://tiles.example/**", answer)
        tab.may_fail = ("*.png",)
        sign_in(tab)
        open_post(tab, ids, 4)
        place = field(tab, "place")
        if has_network:
            expect(place.locator(".leaflet-tile-loaded").first).to_be_visible()
            place.locator(".map-box").click(position={"x": 60, "y": 60})
            expect(tab.page.locator(".changes")).to_have_text("1 change")
        else:
            expect(place).to_contain_text("The map could not be loaded.")
            expect(place.locator(".map-box")).to_have_count(0)
        assert [request for request in tab.requests if "tiles.example" in request.url]
        # That host, and no other one, is what the setting allows.
        tab.requests = [request for request in tab.requests if "//tiles.example/" not in request.url]


def test_without_the_setting_there_is_no_map(inside: Tab, world: tuple[Server, Ids]) -> None:
    open_post(inside, world[1], 4)
    rich(inside)
    expect(field(inside, "place").locator(".map-box")).to_have_count(0)
    assert not [request for request in inside.requests if "leaflet" in request.url]


# --- without scripts --------------------------------------------------------------------------------------


def test_without_scripts_files_are_put_in_order_by_numbers(
    chromium: Browser, world: tuple[Server, Ids], tmp_path: Path
) -> None:
    post = world[1]["posts"][25]
    first, second = stored(world[0], "posts", post)["gallery"]
    with tab_in(chromium, world[0].url, java_script_enabled=False, **_WIDE) as tab:
        sign_in(tab)
        tab.open(f"{POSTS}records/{post}/")
        tab.page.get_by_label(f"Place of {second}").fill("0")
        tab.page.click(".save-bar .primary")
        expect(tab.page.locator(".toast")).to_contain_text("Saved.")
    assert stored(world[0], "posts", post)["gallery"] == [second, first]
