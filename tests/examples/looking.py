"""What holds for each page of an example, in the light and in the dark, on a phone as well."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.contrasts import CONTRASTS

PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 568}, "is_mobile": True, "has_touch": True}
light_and_dark = pytest.mark.parametrize("scheme", ["light", "dark"])


def check_looks(page: Page, scheme: str) -> None:
    """The page is as wide as its phone, its texts have contrast, and whoever listens is told what is what."""
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]
    found = page.evaluate(CONTRASTS)
    assert found
    assert [text for text in found if text["ratio"] < 4.5] == []
    assert (found[0]["ground"] < 0.1) == (scheme == "dark")
    told: dict[str, Any] = page.evaluate(
        """() => ({
            unnamed: [...document.querySelectorAll("input, textarea, button")]
                .filter(part => ![...(part.labels ?? [])].some(label => label.textContent.trim())
                    && !part.textContent.trim())
                .map(part => part.outerHTML),
            language: document.documentElement.lang,
            seenHeadings: [...document.querySelectorAll("h1")].filter(part => part.checkVisibility()).length,
        })"""
    )
    assert told == {"unnamed": [], "language": "en", "seenHeadings": 1}
