"""Every screen on a desk, light and dark: no complaint, no foreign host, nothing too wide."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.screens import LAPTOP, WIDE
from tests.browser.walk import wrong_on_screens


def test_screens(chromium: Browser, tmp_path: Path) -> None:
    assert wrong_on_screens(chromium, tmp_path, WIDE, LAPTOP) == {}
