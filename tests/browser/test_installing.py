"""The installer's link to its end, with the API behind it."""

import re
import zipfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.browsing import MOST_MILLISECONDS, Tab, tab_in
from tests.browser.conftest import (
    SUPERUSER,
    SUPERUSER_PASSWORD,
    as_superuser,
    start_new,
    superuser_token,
)
from tests.browser.links import INSTALL, PASSWORD
from tests.served import Server, start

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


def test_a_backup_brings_its_own_superusers(chromium: Browser, tmp_path: Path) -> None:
    """Made on one server, and given to another one that has nobody yet."""
    first = start_new(tmp_path / "first")
    try:
        as_superuser(first, "POST", "backups", {"name": "moved.zip"})
    finally:
        first.stop()
    backup = tmp_path / "first" / "pb_data" / "backups" / "moved.zip"
    second = start(tmp_path / "second")
    try:
        with tab_in(chromium, second.url) as tab:
            tab.may_fail = ("/api/health", "/api/backups/upload")
            tab.open(link_of(second))
            tab.page.wait_for_url("**/first-superuser/*")
            tab.page.set_input_files("#file", {"name": "x.zip", "mimeType": "", "buffer": b"no zip"})
            tab.page.click("#backup button")
            expect(tab.page.locator("#backup-problem")).to_contain_text("mime type must be one of")
            tab.page.set_input_files("#file", backup)
            tab.page.click("#backup button")
            tab.page.wait_for_url(f"{tab.base}/_/login/", timeout=MOST_MILLISECONDS)
            tab.page.fill("#id_username", SUPERUSER)
            tab.page.fill("#id_password", SUPERUSER_PASSWORD)
            tab.page.click("[type=submit]")
            tab.page.wait_for_url(f"{tab.base}/_/")
    finally:
        second.stop()


def test_a_backup_that_cannot_be_restored_is_told(chromium: Browser, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("data.db", b"no database")
    server = start(tmp_path / "pb_data")
    try:
        with tab_in(chromium, server.url) as tab:
            tab.open(link_of(server))
            tab.page.wait_for_url("**/first-superuser/*")
            tab.page.set_input_files("#file", broken)
            tab.page.click("#backup button")
            expect(tab.page.locator("#backup-problem")).to_contain_text(
                "everything is as it was", timeout=MOST_MILLISECONDS
            )
            fill_in(tab, PASSWORD, PASSWORD)
            tab.page.wait_for_url(f"{tab.base}/_/login/")
    finally:
        server.stop()


def link_of(server: Server) -> str:
    """What the start printed, without the origin."""
    found = re.search(r"/_/#/pbinstall/\S+", server.output.read_text())
    assert found
    return found[0]
