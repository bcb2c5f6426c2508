"""examples/blog, read and written in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import Tab, tab_in
from tests.examples.looking import PHONE, check_looks, light_and_dark
from tests.examples.running import data_dir_of, run, running
from tests.process.at_once import send
from tests.served import Server

ADA, POSTS = "ada@example.com", "collections/posts/records"
PICTURE = {
    "name": "dot.png",
    "mimeType": "image/png",
    "buffer": bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c4944415408d763f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("blog", tmp_path_factory.mktemp("examples")) as server:
        yield server


@pytest.fixture(scope="module")
def password(server: Server) -> str:
    """Ada's, from the example's own command."""
    return run(data_dir_of(server), "writer", ADA, "--name=Ada").strip()


@pytest.fixture
def tab(chromium: Browser, server: Server) -> Iterator[Tab]:
    with tab_in(chromium, server.url) as tab:
        yield tab


def signed_in(tab: Tab, password: str) -> Page:
    tab.open("/sign-in")
    page = tab.page
    page.get_by_label("E-mail").fill(ADA)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Write")).to_be_visible()
    return page


def write(page: Page, title: str, text: str, *, published: bool) -> None:
    page.get_by_role("link", name="Write").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text").fill(text)
    page.get_by_label("Everybody may read it").set_checked(published)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("article")).to_be_visible()


def test_a_reader_finds_the_first_post_and_reads_it(tab):
    tab.open("/")
    tab.page.get_by_role("link", name="Hello, world").click()
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("Hello, world")
    expect(tab.page.get_by_role("heading", level=1)).to_be_focused()
    expect(tab.page).to_have_title("Hello, world – Blog")
    expect(tab.page.locator(".text p")).to_have_count(2)
    expect(tab.page.get_by_role("link", name="Write")).to_be_hidden()
    tab.page.reload()  # the address is that of the post
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("Hello, world")
    tab.page.go_back()
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("Posts")


@light_and_dark
@pytest.mark.parametrize("link", [None, "Hello, world", "Sign in", "Write"])
def test_everybody_can_read_it_in_the_light_and_in_the_dark(chromium, server, password, link, scheme):
    with tab_in(chromium, server.url, color_scheme=scheme, **PHONE) as tab:
        if link == "Write":
            signed_in(tab, password)
        else:
            tab.open("/")
        if link:
            tab.page.get_by_role("link", name=link).click()
        expect(tab.page.get_by_role("heading", level=1)).to_have_text(link or "Posts")
        check_looks(tab.page, scheme)


@pytest.mark.parametrize("address", ["/nowhere", "/posts/123456789012345"])
def test_what_is_not_there_says_so(tab, address):
    tab.open(address)
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_a_writer_publishes_a_post_with_a_picture(tab, password, server):
    page = signed_in(tab, password)
    write(page, "News", "One <script>alert(1)</script>\n\nTwo", published=True)
    page.get_by_label("Picture", exact=True).set_input_files(PICTURE)
    page.get_by_label("What the picture shows").fill("A dot")
    save(page)
    expect(page.locator(".text p")).to_have_text(["One <script>alert(1)</script>", "Two"])
    picture = page.get_by_role("img", name="A dot")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    expect(page.locator(".about")).to_contain_text("by Ada")
    (item,) = send(server, "GET", f"{POSTS}?filter=title='News'&expand=author")[1]["items"]
    assert "email" not in item["expand"]["author"]


def test_a_draft_is_its_authors_until_it_is_published(tab, password, server):
    page = signed_in(tab, password)
    write(page, "Draft", "Not yet", published=False)
    save(page)
    assert send(server, "GET", f"{POSTS}?filter=title='Draft'")[1]["items"] == []
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Title")).to_have_value("Draft")
    page.get_by_label("Everybody may read it").check()
    save(page)
    assert len(send(server, "GET", f"{POSTS}?filter=title='Draft'")[1]["items"]) == 1

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Posts")
    assert send(server, "GET", f"{POSTS}?filter=title='Draft'")[1]["items"] == []


def test_a_wrong_password_is_told(tab):
    tab.open("/write")  # asks who it is first
    tab.page.get_by_label("E-mail").fill(ADA)
    tab.page.get_by_label("Password").fill("wrong password")
    tab.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(tab.page.get_by_role("alert")).to_contain_text("Failed to authenticate")


def test_nobody_signs_up_and_nobody_writes_as_somebody_else(server, password):
    account = {"email": "eve@example.com", "password": "1234567890", "passwordConfirm": "1234567890"}
    assert send(server, "POST", "collections/users/records", account)[0] == 403
    assert send(server, "POST", POSTS, {"title": "Eve's", "text": "was here"})[0] == 400
    credentials = {"identity": ADA, "password": password}
    token = send(server, "POST", "collections/users/auth-with-password", credentials)[1]["token"]
    (hello,) = send(server, "GET", f"{POSTS}?filter=title~'Hello'")[1]["items"]
    headers = {"authorization": token}
    assert send(server, "PATCH", f"{POSTS}/{hello['id']}", {"title": "Mine"}, headers)[0] == 404
    assert send(server, "POST", POSTS, {"title": "No author", "text": "x"}, headers)[0] == 400
