"""The installer's link to its end, with the API behind it."""

from playwright.sync_api import expect

from tests.browser.browsing import Tab
from tests.browser.conftest import superuser_token
from tests.browser.links import INSTALL, PASSWORD
from tests.served import Server

GRACE = "grace@example.com"


def fill_in(tab: Tab, password: str, again: str) -> None:
    tab.page.fill("#email", GRACE)
    tab.page.fill("#password", password)
    tab.page.fill("#passwordConfirm", again)
    tab.page.click("button.primary")


def test_the_new_superuser_signs_in(server: Server, tab: Tab) -> None:
    # The installer's token is one of a superuser, too; it only ends sooner.
    tab.open(f"/_/#/pbinstall/{superuser_token(server)}")
    tab.page.wait_for_url("**/first-superuser/*")
    fill_in(tab, "short", "short")
    expect(tab.page.locator("#password-error")).to_have_text("This is too short.")
    fill_in(tab, PASSWORD, "another one")
    expect(tab.page.locator("#passwordConfirm-error")).to_have_text("The two passwords differ.")
    fill_in(tab, PASSWORD, PASSWORD)
    tab.page.wait_for_url(f"{tab.base}/_/login/")
    tab.page.fill("#id_username", GRACE)
    tab.page.fill("#id_password", PASSWORD)
    tab.page.click("[type=submit]")
    tab.page.wait_for_url(f"{tab.base}/_/")


def test_a_link_that_nobody_made_is_over(tab: Tab) -> None:
    tab.open(INSTALL.address)
    tab.page.wait_for_url("**/first-superuser/*")
    fill_in(tab, PASSWORD, PASSWORD)
    expect(tab.page.locator("h1:visible")).to_have_text("This link is not valid any more")
