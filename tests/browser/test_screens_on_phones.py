"""The same of phones, where it is touched."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.screens import PHONE
from tests.browser.walk import wrong_on_screens


def test_screens(chromium: Browser, tmp_path: Path) -> None:
    assert wrong_on_screens(chromium, tmp_path, PHONE) == {}
