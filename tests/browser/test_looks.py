"""How the pages look and read: on phones, in the dark, in German, to whoever listens to them."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from admin_ui.addresses import OPEN_PAGES
from tests.browser.browsing import NO_CONTENT, Tab
from tests.browser.conftest import OpenTab, change_settings
from tests.browser.contrasts import CONTRASTS
from tests.browser.links import COLLECTION, LINKS, PASSWORD, RESET, token_of
from tests.served import Server

PHONE = {"viewport": {"width": 320, "height": 568}, "is_mobile": True, "has_touch": True}
# What may be long, in one word: an address and the application's name.
LONG = "a" * 64 + "@" + "b" * 60 + ".example"
NAMES = {
    page: f"/_/{page}/#{token_of({'collectionId': COLLECTION, 'email': LONG, 'newEmail': LONG})}"
    for page in OPEN_PAGES
}
of_each_page = pytest.mark.parametrize("address", NAMES.values(), ids=NAMES.keys())

_TOLD = {
    "password": {
        "code": "validation_length_out_of_range",
        "message": "The length must be between 8 and 255.",
        "params": {"min": 8, "max": 255},
    },
    "passwordConfirm": {"code": "validation_values_mismatch", "message": "Values don't match."},
}


@pytest.fixture(scope="module")
def long_name(server: Server) -> Iterator[None]:
    """The application has a name that no phone has room for."""
    change_settings(server, meta={"appName": "Donaudampfschifffahrtsgesellschaft" * 3})
    yield


def show_everything(page: Page) -> None:
    """All parts of a page at once, with texts where there may be some."""
    page.evaluate(
        """() => {
            for (const part of document.querySelectorAll("[hidden]")) part.hidden = false;
            for (const part of document.querySelectorAll("#problem, #sending-problem, .field-error"))
                part.textContent = "Something that went wrong, in a sentence of its own.";
            for (const input of document.querySelectorAll("input[name]"))
                input.setAttribute("aria-invalid", "true");
        }"""
    )


@of_each_page
def test_nothing_is_wider_than_a_phone(new_tab: OpenTab, long_name: None, address: str) -> None:
    tab = new_tab(locale="de", **PHONE)
    tab.open(address)
    show_everything(tab.page)
    wide = tab.page.evaluate(
        """() => [...document.querySelectorAll("main, main *, header *")]
            .filter(part => part.getBoundingClientRect().right > innerWidth)
            .map(part => part.outerHTML)"""
    )
    assert wide == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_end_of_a_long_page_can_be_reached(new_tab: OpenTab) -> None:
    tab = new_tab(**PHONE)
    tab.open(RESET.own_address)
    show_everything(tab.page)
    tab.page.mouse.move(100, 100)
    tab.page.mouse.wheel(0, 10_000)
    tab.page.wait_for_function(
        "scrollY > 0 && document.querySelector('main').getBoundingClientRect().bottom <= innerHeight"
    )


@of_each_page
def test_what_is_touched_is_large_enough(new_tab: OpenTab, address: str) -> None:
    tab = new_tab(**PHONE)
    tab.open(address)
    show_everything(tab.page)
    boxes = [
        found.bounding_box() for found in tab.page.locator("button, input:not([type=checkbox]), .check").all()
    ]
    assert [box for box in boxes if box is not None and box["height"] < 44] == []


@of_each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(new_tab: OpenTab, address: str, scheme: Any) -> None:
    tab = new_tab(color_scheme=scheme)
    tab.open(address)
    show_everything(tab.page)
    found = tab.page.evaluate(CONTRASTS)
    assert found
    assert [text for text in found if text["ratio"] < 4.5] == []
    is_dark = tab.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert is_dark == (scheme == "dark")
    assert (found[0]["ground"] < 0.1) == is_dark


@of_each_page
def test_whoever_listens_is_told_what_everything_is(tab: Tab, address: str) -> None:
    tab.open(address)
    assert tab.page.title().startswith(f"{tab.heading()} · ")
    show_everything(tab.page)
    found = tab.page.evaluate(
        """() => ({
            unnamed: [...document.querySelectorAll("input, button")]
                .filter(part => ![...(part.labels ?? [])].some(label => label.innerText.trim())
                    && !part.innerText.trim())
                .map(part => part.outerHTML),
            undescribed: [...document.querySelectorAll("[aria-describedby]")]
                .filter(part => !document.getElementById(part.getAttribute("aria-describedby")))
                .map(part => part.outerHTML),
            ids: [...document.querySelectorAll("[id]")].map(part => part.id).sort(),
            seenButNotHidden: [...document.querySelectorAll("svg:not([aria-hidden])")].length,
            language: document.documentElement.lang,
            mains: document.querySelectorAll("main").length,
        })"""
    )
    assert found["ids"] == sorted(set(found["ids"]))
    assert {**found, "ids": None} == {
        "unnamed": [],
        "undescribed": [],
        "ids": None,
        "seenButNotHidden": 0,
        "language": "en",
        "mains": 1,
    }


@of_each_page
def test_nothing_moves_while_it_loads(tab: Tab, address: str) -> None:
    tab.open(address)
    tab.page.wait_for_load_state("networkidle")
    moved = tab.page.evaluate(
        """() => new Promise(done => {
            const moves = [];
            const observer = new PerformanceObserver(list => moves.push(...list.getEntries()));
            observer.observe({ type: "layout-shift", buffered: true });
            // The browser hands over what there was before the frame after next.
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() =>
                done([...moves, ...observer.takeRecords()].map(move => move.value)))));
        })"""
    )
    assert moved == []


@pytest.mark.parametrize("link", LINKS, ids=[link.page for link in LINKS])
def test_password_managers_know_what_is_what(tab: Tab, link: Any) -> None:
    tab.open(link.own_address)
    told = tab.page.evaluate(
        """Object.fromEntries([...document.querySelectorAll("input:not([type=checkbox], [type=file])")]
            .map(input => [input.id, input.autocomplete]))"""
    )
    assert (
        told
        == {
            "confirm-verification": {"email": "off"},
            "confirm-password-reset": {
                "email": "username",
                "password": "new-password",
                "passwordConfirm": "new-password",
            },
            "confirm-email-change": {"email": "username", "newEmail": "off", "password": "current-password"},
            "first-superuser": {
                "email": "username",
                "password": "new-password",
                "passwordConfirm": "new-password",
            },
        }[link.page]
    )


def test_in_german(new_tab: OpenTab) -> None:
    tab = new_tab(locale="de-AT")
    tab.api_answers(
        (400, {"message": "Something.", "data": _TOLD}),
        None,
        (400, {"message": "x", "data": {"token": {"code": "validation_invalid_token", "message": "x"}}}),
        NO_CONTENT,
    )
    tab.open(RESET.address)
    tab.page.wait_for_url("**/confirm-password-reset/*")
    assert tab.page.get_attribute("html", "lang") == "de"
    assert tab.heading() == "Neues Passwort wählen"
    for name in RESET.filled:
        tab.page.fill(f"#{name}", PASSWORD)
    tab.page.click("button.primary")
    expect(tab.page.locator("#password-error")).to_have_text("Verwenden Sie 8 bis 255 Zeichen.")
    expect(tab.page.locator("#passwordConfirm-error")).to_have_text(
        "Die beiden Passwörter stimmen nicht überein."
    )
    tab.page.click("button.primary")
    expect(tab.page.locator("#problem")).to_contain_text("Der Server war nicht erreichbar")
    tab.page.click("button.primary")
    expect(tab.page.locator("h1:visible")).to_have_text("Dieser Link gilt nicht mehr")
    tab.page.click("#again")
    expect(tab.page.locator("h1:visible")).to_have_text("Sehen Sie in Ihr Postfach")
