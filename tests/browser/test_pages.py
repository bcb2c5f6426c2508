"""The pages that links in mails lead to: what they send, and what they say to every answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.browsing import NO_CONTENT, Call, Tab
from tests.browser.conftest import OpenTab
from tests.browser.links import (
    CHANGE,
    COLLECTION,
    EMAIL,
    FROM_MAILS,
    INSTALL,
    LINKS,
    PASSWORD,
    RESET,
    SUPERUSERS,
    VERIFICATION,
    Link,
    token_of,
)

SUCCESS = {INSTALL: (200, {"id": "abc"})}
REFUSED = "An error occurred while validating the submitted data."
TOO_MANY = "Too many attempts. Wait a little and try again."
UNREACHABLE = "The server could not be reached or could not answer. Nothing is lost: try again."

of_each = pytest.mark.parametrize("link", LINKS, ids=[link.page for link in LINKS])


def refusal(**data: tuple[str, str] | dict[str, Any]) -> tuple[int, Any]:
    """How the API refuses what was sent: a code and a message, or a whole error, for each field."""
    errors = {
        name: error if isinstance(error, dict) else {"code": error[0], "message": error[1]}
        for name, error in data.items()
    }
    return 400, {"status": 400, "message": REFUSED, "data": errors}


BAD_TOKEN = refusal(token=("validation_invalid_token", "Invalid or expired token."))


def fill_in(tab: Tab, link: Link) -> None:
    for name, value in link.filled.items():
        tab.page.fill(f"#{name}", value)


def send(tab: Tab, link: Link) -> None:
    fill_in(tab, link)
    tab.page.click("button.primary")


def call_of(link: Link) -> Call:
    return Call("POST", link.action, link.body, link.token if link.in_header else None)


def heading_becomes(tab: Tab, text: str) -> None:
    expect(tab.page.locator("h1:visible")).to_have_text(text)


@of_each
class TestEveryLink:
    def test_nothing_is_done_before_somebody_says_so(self, tab: Tab, link: Link) -> None:
        tab.api_answers(SUCCESS.get(link, NO_CONTENT))
        tab.open(link.own_address)
        tab.page.wait_for_load_state("networkidle")
        assert (tab.heading(), tab.calls) == (link.heading, [])

    def test_is_done_with_one_request(self, tab: Tab, link: Link) -> None:
        tab.api_answers(SUCCESS.get(link, NO_CONTENT))
        tab.open(link.own_address)
        send(tab, link)
        if link is INSTALL:
            tab.page.wait_for_url(f"{tab.base}/_/login/")
        else:
            heading_becomes(tab, link.done)
            # Whoever comes to this browser next finds no token in it.
            assert tab.page.url == f"{tab.base}/_/{link.page}/"
        assert tab.calls == [call_of(link)]

    def test_is_done_once_however_often_it_is_clicked(self, tab: Tab, link: Link) -> None:
        with _held_api(tab) as held:
            tab.open(link.own_address)
            fill_in(tab, link)
            button = tab.page.locator("button.primary")
            for _ in range(3):
                button.click()
                button.press("Enter")
            expect(button).to_have_attribute("aria-busy", "true")
            assert len(held) == 1

    def test_may_be_tried_again_after_trouble(self, tab: Tab, link: Link) -> None:
        tab.api_answers(None, SUCCESS.get(link, NO_CONTENT))
        tab.open(link.own_address)
        send(tab, link)
        expect(tab.page.locator("#problem")).to_have_text(UNREACHABLE)
        # What was filled in is there still.
        tab.page.click("button.primary")
        tab.page.wait_for_function("!location.hash")
        assert tab.calls == [call_of(link), call_of(link)]

    def test_without_what_it_is_about_it_says_so_without_a_request(self, tab: Tab, link: Link) -> None:
        tab.api_answers(NO_CONTENT)
        tab.open(f"/_/{link.page}/#{token_of({'exp': 4000000000})}")
        heading_becomes(tab, "This link is not complete")
        tab.page.wait_for_load_state("networkidle")
        assert tab.calls == []


@contextmanager
def _held_api(tab: Tab) -> Iterator[list[Route]]:
    """What the API is asked meanwhile; it answers at the end."""
    held: list[Route] = []
    tab.page.route("**/api/**", lambda route: held.append(route))
    yield held
    for route in held:
        route.fulfill(status=204)


@pytest.mark.parametrize(
    "fragment",
    [
        pytest.param("", id="none"),
        pytest.param("#", id="empty"),
        pytest.param("#abc", id="no_token"),
        pytest.param("#a.b", id="two_parts"),
        pytest.param("#a.!!!!.c", id="letters_that_none_has"),
        pytest.param("#a.b.c", id="no_base64"),
        pytest.param("#a.bm90IGpzb24.c", id="no_json"),
        pytest.param(f"#{token_of([1])}", id="no_claims"),
        pytest.param(f"#{token_of(None)}", id="null"),
        pytest.param(f"#{token_of({'email': EMAIL})}", id="no_collection"),
        pytest.param(f"#{token_of({'collectionId': 1, 'email': EMAIL})}", id="number"),
        pytest.param(f"#{token_of({'collectionId': COLLECTION, 'email': ''})}", id="no_address"),
    ],
)
def test_a_malformed_link_says_so_without_a_request(tab: Tab, fragment: str) -> None:
    tab.api_answers(NO_CONTENT)
    tab.open(f"/_/confirm-verification/{fragment}")
    heading_becomes(tab, "This link is not complete")
    tab.page.wait_for_load_state("networkidle")
    assert tab.calls == []


def test_what_mail_programs_put_behind_a_link_is_left_out(tab: Tab) -> None:
    tab.api_answers(NO_CONTENT)
    tab.open(f"{VERIFICATION.own_address}).")
    tab.page.click("button.primary")
    heading_becomes(tab, VERIFICATION.done)
    assert tab.calls == [call_of(VERIFICATION)]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param((502, "<html>Bad Gateway</html>"), UNREACHABLE, id="a_proxy_without_a_server"),
        pytest.param(
            (200, "<html>Sign in to the Wi-Fi</html>"), UNREACHABLE, id="a_page_instead_of_an_answer"
        ),
        pytest.param((500, {"status": 500, "message": "x", "data": {}}), UNREACHABLE, id="error"),
        pytest.param((429, {"status": 429, "message": "x", "data": {}}), TOO_MANY, id="too_many"),
        pytest.param((403, {"status": 403, "message": "Not you.", "data": {}}), "Not you.", id="forbidden"),
        pytest.param((400, {"status": 400, "message": "Not today.", "data": {}}), "Not today.", id="refused"),
    ],
)
def test_problems_are_told_and_the_form_stays(tab: Tab, answer: Any, told: str) -> None:
    tab.api_answers(answer)
    tab.open(VERIFICATION.own_address)
    tab.page.click("button.primary")
    expect(tab.page.locator("#problem")).to_have_text(told)
    assert tab.heading() == VERIFICATION.heading


@pytest.mark.parametrize(
    ("link", "answer"),
    [
        *(pytest.param(link, BAD_TOKEN, id=f"{link.page}-token") for link in FROM_MAILS),
        *(pytest.param(link, (404, {"message": "x"}), id=f"{link.page}-collection") for link in FROM_MAILS),
        # The password cannot be compared then, so the API complains about both.
        pytest.param(
            CHANGE,
            refusal(token=("validation_invalid_token", "x"), password=("validation_invalid_password", "x")),
            id="token_and_password",
        ),
        pytest.param(INSTALL, (401, {"message": "x", "data": {}}), id="no_superuser"),
        pytest.param(INSTALL, (403, {"message": "x", "data": {}}), id="installed_already"),
    ],
)
def test_a_link_that_is_over(tab: Tab, link: Link, answer: Any) -> None:
    tab.api_answers(answer)
    tab.open(link.own_address)
    send(tab, link)
    heading_becomes(tab, "This link is not valid any more")
    assert tab.page.evaluate("document.activeElement.dataset.state") == "over"
    assert "expired" in tab.page.locator("[data-state=over]").inner_text()


@pytest.mark.parametrize(
    ("link", "action"),
    [
        pytest.param(VERIFICATION, "request-verification", id="verification"),
        pytest.param(RESET, "request-password-reset", id="reset"),
    ],
)
def test_a_new_link_can_be_asked_for(tab: Tab, link: Link, action: str) -> None:
    tab.api_answers(BAD_TOKEN, None, (429, {"message": "x"}), NO_CONTENT)
    tab.open(link.own_address)
    send(tab, link)
    tab.page.click("#again")
    expect(tab.page.locator("#sending-problem")).to_have_text(UNREACHABLE)
    tab.page.click("#again")
    expect(tab.page.locator("#sending-problem")).to_have_text(TOO_MANY)
    tab.page.click("#again")
    heading_becomes(tab, "Look into your mailbox")
    asked = Call("POST", f"collections/{COLLECTION}/{action}", {"email": EMAIL}, None)
    assert tab.calls == [call_of(link), asked, asked, asked]


@pytest.mark.parametrize("link", [CHANGE, INSTALL], ids=["change", "install"])
def test_where_no_new_link_can_be_asked_for_none_is_offered(tab: Tab, link: Link) -> None:
    tab.open(link.own_address)
    assert tab.page.locator("#again").count() == 0


@pytest.mark.parametrize(
    ("link", "errors", "told"),
    [
        pytest.param(
            RESET,
            {
                "password": {
                    "code": "validation_length_out_of_range",
                    "message": "The length must be between 8 and 255.",
                    "params": {"min": 8, "max": 255},
                },
                "passwordConfirm": ("validation_values_mismatch", "Values don't match."),
            },
            {"password": "Use 8 to 255 characters.", "passwordConfirm": "The two passwords differ."},
            id="reset",
        ),
        pytest.param(
            RESET,
            {"passwordConfirm": ("validation_required", "Cannot be blank.")},
            {"passwordConfirm": "Fill this in."},
            id="one_of_two",
        ),
        pytest.param(
            RESET,
            {"password": ("validation_length_out_of_range", "The length must be between 8 and 255.")},
            {"password": "The length must be between 8 and 255."},
            id="without_the_params_of_the_sentence",
        ),
        pytest.param(
            CHANGE,
            {"password": ("validation_invalid_password", "Missing or invalid auth record password.")},
            {"password": "This is not the password of your account."},
            id="change",
        ),
        pytest.param(
            INSTALL,
            {
                "email": ("validation_not_unique", "Value must be unique."),
                "password": ("validation_min_text_constraint", "Must be at least 8 character(s)."),
            },
            {"email": "This is taken already.", "password": "This is too short."},
            id="install",
        ),
        pytest.param(
            INSTALL,
            {"email": ("validation_of_a_hook", "Only <b>ours</b>, {please}.")},
            {"email": "Only <b>ours</b>, {please}."},
            id="a_code_that_nobody_knows",
        ),
    ],
)
def test_errors_stand_at_their_fields(tab: Tab, link: Link, errors: Any, told: dict[str, str]) -> None:
    tab.api_answers(refusal(**errors), SUCCESS.get(link, NO_CONTENT))
    tab.open(link.own_address)
    send(tab, link)
    first = next(iter(told))
    expect(tab.page.locator(f"#{first}-error")).to_have_text(told[first])
    for name in link.filled:
        assert tab.page.locator(f"#{name}-error").text_content() == told.get(name, "")
        expect(tab.page.locator(f"#{name}")).to_have_attribute("aria-invalid", str(name in told).lower())
    assert tab.page.evaluate("document.activeElement.id") == first
    # They go when it is sent again.
    tab.page.click("button.primary")
    tab.page.wait_for_function("!location.hash")


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        pytest.param(VERIFICATION, {"email": EMAIL}, id="verification"),
        pytest.param(RESET, {"email": EMAIL}, id="reset"),
        pytest.param(CHANGE, {"email": EMAIL, "newEmail": CHANGE.claims["newEmail"]}, id="change"),
    ],
)
def test_it_says_whose_link_it_is(tab: Tab, link: Link, shown: dict[str, str]) -> None:
    tab.open(link.own_address)
    assert {name: tab.page.input_value(f"#{name}") for name in shown} == shown


def test_an_address_in_any_script_is_shown(tab: Tab) -> None:
    tab.open(f"/_/confirm-verification/#{token_of({**VERIFICATION.claims, 'email': 'ädä@пример.example'})}")
    assert tab.page.input_value("#email") == "ädä@пример.example"


def test_a_claim_is_no_path(tab: Tab) -> None:
    tab.api_answers(NO_CONTENT)
    claims = {**VERIFICATION.claims, "collectionId": "../settings?x=#"}
    tab.open(f"/_/confirm-verification/#{token_of(claims)}")
    tab.page.click("button.primary")
    heading_becomes(tab, VERIFICATION.done)
    assert [call.path for call in tab.calls] == ["collections/..%2Fsettings%3Fx%3D%23/confirm-verification"]


@pytest.mark.parametrize(
    ("collection", "leads_on"),
    [pytest.param(SUPERUSERS, True, id="superusers"), pytest.param(COLLECTION, False, id="users")],
)
def test_superusers_are_led_to_the_dashboard(tab: Tab, collection: str, leads_on: bool) -> None:
    tab.api_answers(NO_CONTENT)
    tab.open(f"/_/confirm-password-reset/#{token_of({**RESET.claims, 'collectionId': collection})}")
    send(tab, RESET)
    heading_becomes(tab, RESET.done)
    assert tab.page.locator("#dashboard a").is_visible() == leads_on
    if leads_on:
        tab.page.click("#dashboard a")
        tab.page.wait_for_url(f"{tab.base}/_/login/")


def test_passwords_can_be_shown_and_are_sent_hidden(tab: Tab) -> None:
    tab.api_answers(refusal(password=("validation_invalid_value", "x")))
    tab.open(RESET.own_address)
    tab.page.check("#show")
    assert _types(tab) == ["text", "text"]
    send(tab, RESET)
    expect(tab.page.locator("#password-error")).to_have_text("This cannot be used. Choose another one.")
    assert _types(tab) == ["password", "password"]


def _types(tab: Tab) -> list[str | None]:
    return [tab.page.get_attribute(f"#{name}", "type") for name in ("password", "passwordConfirm")]


def test_by_keyboard_alone(tab: Tab) -> None:
    tab.api_answers(NO_CONTENT)
    tab.open(RESET.own_address)
    expect(tab.page.locator("#password")).to_be_focused()
    keys = tab.page.keyboard
    keys.type(PASSWORD)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Tab")
    keys.press("Space")
    assert _types(tab) == ["text", "text"]
    keys.press("Tab")
    keys.press("Enter")
    heading_becomes(tab, RESET.done)
    assert tab.calls == [call_of(RESET)]
    assert tab.page.evaluate("document.activeElement.dataset.state") == "done"


def test_what_is_not_filled_in_is_not_sent(tab: Tab) -> None:
    tab.api_answers(NO_CONTENT)
    tab.open(RESET.own_address)
    tab.page.fill("#password", PASSWORD)
    tab.page.click("button.primary")
    assert tab.page.evaluate("document.activeElement.id") == "passwordConfirm"
    assert tab.calls == []


def test_neither_cookies_nor_storage(new_tab: OpenTab) -> None:
    tab = new_tab()
    tab.api_answers(NO_CONTENT)
    tab.open(VERIFICATION.own_address)
    tab.page.click("button.primary")
    heading_becomes(tab, VERIFICATION.done)
    assert tab.page.context.cookies() == []
    assert tab.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
