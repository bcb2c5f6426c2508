"""The browser that the pages of examples are tried in."""

from tests.browser.conftest import chromium

__all__ = ["chromium"]
