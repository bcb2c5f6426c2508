"""The main jobs with the keyboard alone: everything is reached, and one always sees where one is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import SUPERUSER, SUPERUSER_PASSWORD
from tests.browser.dashboard_world import world_shown
from tests.served import Server

# Somebody who looks for a control presses Tab that often, and no more.
MOST_STOPS = 80

# What the control that has the focus is called, and what is wrong with how it looks: it must be in sight, and
# seen to have the focus by a line around it, a shadow of it or of its box, or by the caret in a text.
_STOP = """() => {
    let control = document.activeElement;
    while (control.shadowRoot?.activeElement) control = control.shadowRoot.activeElement;
    const label = control.labels?.[0];
    const name = control.getAttribute("aria-label") ?? label?.innerText ?? control.innerText ?? "";
    const isText = control.isContentEditable || typeof control.selectionStart === "number";
    // A control that is drawn by its label is as small as can be.
    const box = label?.matches(".as-button, .segmented label") ? label : control;
    const { left, top, right, bottom, width, height } = box.getBoundingClientRect();
    const isThere = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
    const isMarked = [control, box, box.parentElement].some((part) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(part);
        return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
    });
    const wrong = [];
    if (!isThere || width < 5 || height < 5) wrong.push("is not in sight");
    if (!isMarked && !isText) wrong.push("does not show the focus");
    return { name: name.trim(), isPage: control === document.body, wrong: wrong.join(", ") };
}"""


class Keys:
    """Somebody without a pointer."""

    def __init__(self, tab: Tab) -> None:
        self.page = tab.page
        self.press = tab.page.keyboard.press
        self.type = tab.page.keyboard.type
        self.unclear: list[str] = []

    @property
    def focus(self) -> Locator:
        return self.page.locator(":focus")

    def tab_to(self, name: str, *, key: str = "Tab") -> None:
        """Go on until a control is called that, in a line of its own where it says more."""
        stops = []
        for _ in range(MOST_STOPS):
            self.press(key)
            stop = self.page.evaluate(_STOP)
            if stop["isPage"]:
                continue
            stops.append(stop["name"])
            if stop["wrong"]:
                self.unclear.append(f"{stop['name']!r} {stop['wrong']}")
            if name in stop["name"].split("\n"):
                return
        pytest.fail(f"nothing called {name!r} among {stops}")

    def told(self, words: str) -> None:
        expect(self.page.locator(".toast")).to_contain_text(words)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with world_shown(tmp_path_factory.mktemp("keyboard")) as (server, _):
        yield server


@pytest.fixture
def keys(chromium: Browser, world: Server) -> Iterator[Keys]:
    """Somebody at the home screen, who has signed in by keys."""
    with tab_in(chromium, world.url, viewport={"width": 1440, "height": 900}) as tab:
        tab.open("/_/login/")
        keys = Keys(tab)
        expect(tab.page.locator("#id_username")).to_be_focused()
        keys.type(SUPERUSER)
        keys.tab_to("Password")
        keys.type(SUPERUSER_PASSWORD)
        keys.press("Enter")
        tab.page.wait_for_url(f"{tab.base}/_/")
        yield keys
        assert keys.unclear == []


def jump(keys: Keys, words: str, address: str) -> None:
    keys.press("Control+k")
    keys.type(words)
    expect(keys.page.locator("#jump-list a.active")).to_contain_text(words)
    keys.press("Enter")
    keys.page.wait_for_url(f"**{address}")
    keys.page.wait_for_load_state("networkidle")


def test_records(keys: Keys) -> None:
    jump(keys, "posts", "/collections/posts/")
    keys.press("/")
    keys.type('status = "draft"')
    keys.press("Enter")
    expect(keys.page.locator("#count")).to_contain_text("match")
    expect(keys.page.locator("#rows")).to_be_focused()

    # One is opened, changed, and left again: back at its row.
    keys.press("j")
    keys.press("j")
    row = keys.page.locator("#rows tbody tr").nth(1).locator(".title-cell a")
    expect(row).to_be_focused()
    keys.press("Enter")
    expect(keys.page.locator("#panel")).to_be_focused()
    expect(keys.page.locator("#record-form[data-is-ready=true]")).to_be_attached()
    keys.tab_to("title")
    keys.press("Control+a")
    keys.type("Changed by keys")
    keys.press("Escape")
    expect(keys.focus).to_have_text("Keep editing")
    keys.press("Escape")
    expect(keys.page.locator("#field-title")).to_be_focused()
    keys.press("Control+s")
    keys.told("Saved.")
    expect(keys.page.locator("#field-title")).to_be_focused()
    keys.press("Escape")
    expect(keys.page.locator("#panel")).to_be_hidden()
    expect(row).to_be_focused()
    expect(row).to_have_text("Changed by keys")

    # The list in another order; the head that was pressed keeps the focus.
    keys.tab_to("title", key="Shift+Tab")
    keys.press("Enter")
    expect(keys.page.locator("#rows th[aria-sort=descending] a")).to_be_focused()

    # Without the filter, and with one more, which is deleted.
    keys.press("/")
    keys.press("Backspace")
    keys.press("Enter")
    expect(keys.page.locator("#rows")).to_be_focused()
    keys.press("n")
    expect(keys.page.locator("#record-form[data-is-ready=true]")).to_be_attached()
    keys.tab_to("title")
    keys.type("zz, made by keys")
    keys.press("Control+s")
    keys.told("Created.")
    expect(keys.page.locator("#record-form[data-is-ready=true]")).to_be_attached()
    keys.tab_to("More", key="Shift+Tab")
    keys.press("Enter")
    keys.press("ArrowUp")
    expect(keys.focus).to_have_text("Delete…")
    keys.press("Escape")
    expect(keys.focus).to_have_attribute("aria-label", "More")
    keys.press("Enter")
    keys.press("ArrowUp")
    keys.press("Enter")
    expect(keys.page.locator("#panel .danger-fill")).to_be_visible()
    keys.tab_to("Delete the record")
    keys.press("Enter")
    keys.told("Deleted zz, made by keys.")


def test_a_collection(keys: Keys) -> None:
    jump(keys, "orders", "/collections/orders/")
    keys.tab_to("Edit the collection")
    keys.press("Enter")
    keys.page.wait_for_url("**/edit/")
    expect(keys.page.locator("#fields[data-is-sortable]")).to_be_visible()
    keys.press("n")
    keys.press("Escape")
    expect(keys.focus).to_contain_text("Add field")
    keys.press("n")
    expect(keys.focus).to_have_text("text")
    keys.press("Enter")
    expect(keys.page.locator("input:focus")).to_have_value("text")
    keys.type("note")
    keys.press("Control+s")
    keys.told("Saved.")

    # And away with it, which is reviewed.
    keys.page.wait_for_load_state("networkidle")
    keys.tab_to("Options of note")
    keys.press("Enter")
    keys.tab_to("Remove")
    keys.press("Space")
    expect(keys.focus).to_contain_text("Options of note")
    keys.press("Control+s")
    expect(keys.page.locator(".review-list")).to_be_focused()
    keys.tab_to("Save the changes")
    keys.press("Enter")
    keys.told("Saved.")


def test_settings_and_the_way_out(keys: Keys) -> None:
    keys.press("Tab")
    keys.press("?")
    expect(keys.page.locator("#keys")).to_be_visible()
    keys.press("Escape")
    expect(keys.focus).to_have_text("Skip to content")
    keys.press("g")
    keys.press("s")
    keys.page.wait_for_url("**/settings/")
    keys.tab_to("Application")
    keys.press("Enter")
    keys.page.wait_for_url("**/settings/application/")
    keys.tab_to("Name")
    keys.press("Control+a")
    keys.type("By keys")
    keys.press("Control+s")
    keys.told("Saved.")
    keys.tab_to("Superuser")
    keys.press("Enter")
    keys.tab_to("Sign out")
    keys.press("Enter")
    expect(keys.page.locator(".account")).to_have_count(0)
    keys.tab_to("Sign in again")
