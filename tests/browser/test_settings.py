"""What people do with the settings in a browser, and what other tabs see of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, expect

from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import change_settings
from tests.browser.dashboard_world import world_shown
from tests.browser.screen_lists.shell import DOORS
from tests.browser.screens import SCREENS, SIZES, Size, keep_screenshot, sign_in
from tests.served import Server

SETTINGS = "/_/settings"
# What is seen but stands outside of the page; lists and code may scroll by themselves.
OUTSIDE = """async () => {
    document.documentElement.dir = "rtl";
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = "/_/static/admin_ui/rtl.css";
    document.head.append(sheet);
    await new Promise((done, fail) => { sheet.onload = done; sheet.onerror = fail; });
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await Promise.all(document.getAnimations().map((one) => one.finished));
    const apart = ".sidebar, .skip-link, .visually-hidden, svg";
    const holds = (part) => ["auto", "scroll", "hidden"].includes(getComputedStyle(part).overflowX);
    const isHeld = (part) => part && (holds(part) || isHeld(part.parentElement));
    return [...document.querySelectorAll("body *")].filter((part) => {
        const box = part.getBoundingClientRect();
        const isOutside = box.width && (box.left < -1 || box.right > innerWidth + 1);
        return isOutside && part.checkVisibility() && !part.closest(apart) && !isHeld(part.parentElement);
    }).map((part) => part.outerHTML.slice(0, 200));
}"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, list[str]]]]:
    with world_shown(tmp_path_factory.mktemp("settings")) as world:
        yield world


@pytest.fixture
def tab(chromium: Browser, world: tuple[Server, dict[str, list[str]]]) -> Iterator[Tab]:
    with tab_in(chromium, world[0].url) as tab:
        sign_in(tab)
        yield tab


def test_save_waits_for_a_change(tab: Tab) -> None:
    tab.open(f"{SETTINGS}/mail/")
    save = tab.page.locator(".save-bar .primary")
    expect(save).to_be_disabled()
    expect(tab.page.locator(".changes")).to_contain_text("Nothing changed yet")
    tab.page.fill("#meta-senderName", "Fernweh")
    host = tab.page.input_value("#smtp-host")
    tab.page.fill("#smtp-host", "mail.example.com")
    expect(tab.page.locator(".changes")).to_contain_text("2 changes")
    expect(tab.page.locator(".field.is-changed")).to_have_count(2)
    tab.page.fill("#smtp-host", host)
    expect(tab.page.locator(".changes")).to_contain_text("1 change")
    tab.page.keyboard.press("Control+s")
    expect(tab.page.locator(".toast")).to_contain_text("Saved.")
    expect(save).to_be_disabled()
    expect(tab.page.locator("#meta-senderName")).to_have_value("Fernweh")


def test_enter_saves_and_removes_nothing(tab: Tab) -> None:
    tab.open(f"{SETTINGS}/rate-limits/")
    rows = tab.page.locator(".limits tbody tr")
    before = rows.count()
    rows.first.locator("input").nth(1).fill("7")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".toast")).to_contain_text("Saved.")
    assert rows.count() == before
    expect(rows.first.locator("input").nth(1)).to_have_value("7")
    rows.first.locator("input").first.press("Enter")  # nothing has changed: nothing happens
    expect(rows).to_have_count(before)


def test_rows_come_and_go(tab: Tab) -> None:
    tab.open(f"{SETTINGS}/rate-limits/")
    rows = tab.page.locator(".limits tbody tr")
    before = rows.count()
    tab.page.click("[data-adds-row]")
    expect(rows).to_have_count(before + 1)
    tab.page.keyboard.type("posts:create")  # the new row has the focus
    tab.page.click(".limits tbody tr:first-child [data-removes-row]")
    tab.page.click(".save-bar .primary")
    expect(tab.page.locator(".toast")).to_contain_text("Saved.")
    expect(rows).to_have_count(before)
    expect(rows.first.locator("input").first).to_have_value("posts:create")


def test_the_accent_is_seen_at_once_and_in_other_tabs_when_saved(tab: Tab) -> None:
    seed = "getComputedStyle(document.documentElement).getPropertyValue('--accent-seed').trim()"
    other = tab.page.context.new_page()
    other.goto(f"{tab.base}/_/collections/posts/")
    tab.open(f"{SETTINGS}/application/")
    tab.page.click("button.swatch[value='#0f766e']")
    assert tab.page.evaluate(seed) == "#0f766e"
    tab.page.fill("#meta-appName", "Fernweh")
    tab.page.click(".save-bar .primary")
    expect(tab.page.locator(".toast")).to_contain_text("Saved.")
    expect(other.locator(".brand-name")).to_have_text("Fernweh")
    expect(other).to_have_title("posts · Fernweh")
    expect(other.locator("link[href*='theme.css']")).to_have_count(1)
    assert other.evaluate(seed) == "#0f766e"
    other.fill(".nav-filter input", "tags")  # what came anew works as before
    expect(other.locator("#nav-collections .nav-item:visible")).to_have_count(1)


def test_leaving_unsaved_changes_asks(tab: Tab) -> None:
    tab.open(f"{SETTINGS}/batch/")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    tab.page.on("dialog", stay)
    tab.page.fill("#batch-timeout", "9")
    tab.page.click(".sidebar a[href$='/settings/logs/']")
    expect(tab.page.locator("#batch-timeout")).to_have_value("9")
    assert asked == ["beforeunload"]
    tab.page.click("[data-resets]")
    expect(tab.page.locator("#batch-timeout")).to_have_value("3")


def test_a_trial_is_told_in_its_place(tab: Tab, world: tuple[Server, dict[str, list[str]]]) -> None:
    change_settings(world[0], smtp={"enabled": True, "host": "127.0.0.1", "port": 1})
    tab.open(f"{SETTINGS}/mail/")
    tab.page.fill("#meta-senderName", "not saved yet")
    tab.page.click("#trial button")
    expect(tab.page.locator("#trial .notice.danger")).to_contain_text("It failed:")
    expect(tab.page.locator("#meta-senderName")).to_have_value("not saved yet")
    tab.page.click("[data-resets]")


def test_everything_is_done_without_scripts(
    chromium: Browser, world: tuple[Server, dict[str, list[str]]]
) -> None:
    with tab_in(chromium, world[0].url, java_script_enabled=False) as tab:
        sign_in(tab)
        tab.open(f"{SETTINGS}/trusted-proxy/")
        tab.page.click("button[value='X-Real-IP']")
        tab.page.click("button[value='Fly-Client-IP']")
        tab.page.click(".save-bar .primary")
        expect(tab.page.locator(".toast")).to_contain_text("Saved.")
        expect(tab.page.locator("#trustedProxy-headers")).to_have_value("X-Real-IP\nFly-Client-IP")
        tab.open(f"{SETTINGS}/rate-limits/")
        rows = tab.page.locator(".limits tbody tr")
        before = rows.count()
        tab.page.click("[data-adds-row]")
        rows.last.locator("input").first.fill("tags:list")
        tab.page.keyboard.press("Enter")
        expect(tab.page.locator(".toast")).to_contain_text("Saved.")
        expect(rows).to_have_count(before + 1)


def test_g_s_leads_to_the_settings(tab: Tab) -> None:
    tab.open("/_/collections/posts/")
    tab.page.keyboard.press("g")
    tab.page.keyboard.press("s")
    tab.page.wait_for_url(f"{tab.base}{SETTINGS}/")


def test_a_language_is_chosen_in_the_menu(tab: Tab) -> None:
    tab.open(f"{SETTINGS}/mail/")
    tab.page.click(".sidebar-foot summary")
    tab.page.click("#language-form label[lang=de]")
    expect(tab.page.locator("html")).to_have_attribute("lang", "de")
    expect(tab.page.locator(".changes")).to_contain_text("Noch nichts geändert")
    tab.page.click(".sidebar-foot summary")
    tab.page.click("#language-form label[lang=en]")
    expect(tab.page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize(
    "size", [size for size in SIZES if size.name != "laptop"], ids=lambda size: size.name
)
def test_nothing_is_outside_when_pages_are_mirrored(
    chromium: Browser, world: tuple[Server, dict[str, list[str]]], size: Size
) -> None:
    """All screens, as somebody sees them who reads from right to left."""
    server, ids = world
    outside = {}
    with tab_in(chromium, server.url, **size.options) as tab:
        for screen in DOORS:
            screen.open(tab, ids)
            outside[screen.name] = tab.page.evaluate(OUTSIDE)
        sign_in(tab)
        for screen in SCREENS:
            screen.open(tab, ids)
            outside[screen.name] = tab.page.evaluate(OUTSIDE)
            keep_screenshot(tab, f"rtl-{screen.name}-{size.name}")
    assert {name: parts for name, parts in outside.items() if parts} == {}
