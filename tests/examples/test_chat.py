"""examples/chat, with several people in browsers of their own."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import tab_in
from tests.examples.looking import PHONE, check_looks, light_and_dark
from tests.examples.running import running
from tests.process.at_once import send
from tests.served import Server

PASSWORD = "correct horse"
MESSAGES = "collections/messages/records"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("chat", tmp_path_factory.mktemp("examples")) as server:
        yield server


@pytest.fixture
def join(chromium: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Somebody opens the page for the first time, and joins."""
    with ExitStack() as stack:

        def join(name: str, **options: Any) -> Page:
            tab = stack.enter_context(tab_in(chromium, server.url, **options))
            tab.open("/")
            form = tab.page.locator("#join")
            form.get_by_label("Name").fill(name)
            form.get_by_label("E-mail").fill(f"{name.lower()}@example.com")
            form.get_by_label("Password").fill(PASSWORD)
            form.get_by_role("button", name="Join").click()
            expect(tab.page.get_by_label("Message", exact=True)).to_be_focused()
            return tab.page

        yield join


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


def heard(page: Page) -> list[str]:
    """The newest two."""
    return page.locator("#messages .text").all_inner_texts()[-2:]


def test_everybody_hears_what_is_said_once_and_in_order(join):
    ada, bob = join("Ada"), join("Bob")
    say(ada, "Hello <b>Bob</b>")
    expect(bob.get_by_role("log")).to_contain_text("Hello <b>Bob</b>")
    say(bob, "Hello Ada")
    expect(ada.get_by_role("log")).to_contain_text("Hello Ada")
    assert heard(ada) == heard(bob) == ["Hello <b>Bob</b>", "Hello Ada"]
    assert bob.locator("#messages .author").all_inner_texts()[-2:] == ["Ada", "Bob"]

    ada.reload()  # she is still herself, and reads what was said
    expect(ada.get_by_role("log")).to_contain_text("Hello Ada")
    assert heard(ada) == ["Hello <b>Bob</b>", "Hello Ada"]


def test_others_see_who_is_typing(join):
    cay, dan = join("Cay"), join("Dan")
    cay.get_by_label("Message", exact=True).press("x")
    expect(dan.get_by_role("status")).to_have_text("Cay is typing…")
    expect(cay.get_by_role("status")).to_have_text("")
    expect(dan.get_by_role("status")).to_have_text("")  # and not for ever


def test_the_newest_is_in_sight_unless_somebody_reads_further_up(join):
    page = join("Lou", viewport={"width": 320, "height": 568})
    for number in range(12):
        say(page, f"number {number}: " + "words " * 30)
        expect(page.locator("#messages li").last).to_contain_text(f"number {number}: ")
    expect(page.locator("#messages li").last).to_be_in_viewport()
    first = page.locator("#messages li").first
    first.scroll_into_view_if_needed()
    say(page, "the last")
    expect(page.locator("#messages li").last).to_contain_text("the last")
    expect(first).to_be_in_viewport()


def test_who_left_hears_nothing_and_may_come_back(join):
    eve = join("Eve")
    eve.get_by_role("button", name="Leave").click()
    expect(eve.locator("#enter")).to_be_visible()
    expect(eve.locator("#messages li")).to_have_count(0)
    form = eve.locator("#enter")
    form.get_by_label("E-mail").fill("eve@example.com")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Enter").click()
    say(eve, "I am back")
    expect(eve.get_by_role("log")).to_contain_text("I am back")


def test_a_name_is_needed_and_taken_addresses_are_told(join):
    page = join("Fay")
    page.get_by_role("button", name="Leave").click()
    form = page.locator("#join")
    form.get_by_label("Name").fill("Another Fay")
    form.get_by_label("E-mail").fill("fay@example.com")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_contain_text("email:")


@light_and_dark
def test_everybody_can_read_it_in_the_light_and_in_the_dark(join, scheme):
    page = join(f"Kit-{scheme}", color_scheme=scheme, **PHONE)
    say(page, "A longer message, which has to be wrapped on a phone")
    expect(page.locator(".own")).to_have_count(1)
    check_looks(page, scheme)
    page.get_by_role("button", name="Leave").click()
    expect(page.locator("#door")).to_be_visible()
    check_looks(page, scheme)


@dataclass
class Member:
    id: str
    headers: dict[str, str]


def make_member(server: Server, name: str) -> Member:
    email = f"{name}@example.com"
    account = {"name": name, "email": email, "password": PASSWORD, "passwordConfirm": PASSWORD}
    send(server, "POST", "collections/users/records", account)
    credentials = {"identity": email, "password": PASSWORD}
    _, signed_in = send(server, "POST", "collections/users/auth-with-password", credentials)
    return Member(signed_in["record"]["id"], {"authorization": signed_in["token"]})


def test_guests_read_nothing_and_members_write_in_their_own_name(server):
    gil, hal = make_member(server, "gil"), make_member(server, "hal")
    assert send(server, "POST", MESSAGES, {"text": "x", "author": hal.id}, gil.headers)[0] == 400
    assert send(server, "POST", MESSAGES, {"text": "x", "author": gil.id}, gil.headers)[0] == 200
    assert send(server, "GET", MESSAGES)[1]["items"] == []
    assert send(server, "POST", "chat/typing")[0] == 401
    nameless = {"email": "ian@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
    assert send(server, "POST", "collections/users/records", nameless)[0] == 400


def events(stream: HTTPResponse) -> Iterator[Any]:
    """Their data; the first one says the client's id."""
    for line in stream:
        if line.startswith(b"data:"):
            yield json.loads(line.removeprefix(b"data:"))


def subscribe(server: Server, client_id: str, headers: dict[str, str]) -> None:
    body = {"clientId": client_id, "subscriptions": ["typing"]}
    assert send(server, "POST", "realtime", body, headers)[0] == 204


def test_guests_do_not_hear_who_is_typing(server):
    jan = make_member(server, "jan")

    def type_as(name: str) -> None:
        assert (
            send(server, "PATCH", f"collections/users/records/{jan.id}", {"name": name}, jan.headers)[0]
            == 200
        )
        assert send(server, "POST", "chat/typing", headers=jan.headers)[0] == 200

    with ExitStack() as stack:
        member, guest = (stack.enter_context(closing(server.connect())) for _ in range(2))
        for connection in (member, guest):
            connection.request("GET", "/api/realtime")
        heard_by_member, heard_by_guest = (events(one.getresponse()) for one in (member, guest))
        subscribe(server, next(heard_by_member)["clientId"], jan.headers)
        guest_id = next(heard_by_guest)["clientId"]
        subscribe(server, guest_id, {})
        type_as("first")
        type_as("second")
        assert [next(heard_by_member)["name"] for _ in range(2)] == ["first", "second"]
        # The first has gone to everybody by now; whoever signs in hears what comes from here on.
        subscribe(server, guest_id, jan.headers)
        type_as("third")
        names = [next(heard_by_guest)["name"]]
        while names[-1] != "third":
            names.append(next(heard_by_guest)["name"])
    assert "first" not in names
