"""The dashboard's screens, and what holds for each of them: quiet, complete, for everybody, and small.

A new screen is one more entry of a list in `screen_lists`. Screenshots go to the folder that SCREENSHOTS
names.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from playwright.sync_api import ViewportSize

from tests.browser import screen_lists
from tests.browser.browsing import Tab
from tests.browser.conftest import SUPERUSER, SUPERUSER_PASSWORD
from tests.browser.screen import Screen

_SCREENSHOTS = os.environ.get("SCREENSHOTS")  # noqa: TID251 - of whoever runs the tests
_AXE = Path(__file__).resolve().parent / "axe"
# Whatever else axe finds is advice.
_SERIOUS = {"serious", "critical"}


_LISTS = sorted(one.name for one in iter_modules(screen_lists.__path__, f"{screen_lists.__name__}."))
SCREENS: tuple[Screen, ...] = tuple(screen for name in _LISTS for screen in import_module(name).SCREENS)


@dataclass(frozen=True)
class Size:
    name: str
    width: int
    height: int

    @property
    def viewport(self) -> ViewportSize:
        return {"width": self.width, "height": self.height}

    @property
    def options(self) -> dict[str, Any]:
        is_phone = self.width < 500
        return {"viewport": self.viewport, "is_mobile": is_phone, "has_touch": is_phone}


WIDE, LAPTOP, PHONE = Size("wide", 1440, 900), Size("laptop", 1024, 768), Size("phone", 390, 844)
SIZES = (WIDE, LAPTOP, PHONE)


def sign_in(tab: Tab) -> None:
    tab.open("/_/login/")
    tab.page.fill("#id_username", SUPERUSER)
    tab.page.fill("#id_password", SUPERUSER_PASSWORD)
    tab.page.click("[type=submit]")
    tab.page.wait_for_url(f"{tab.base}/_/")


def keep_screenshot(tab: Tab, name: str) -> None:
    """In the folder that SCREENSHOTS names, if it names one."""
    if _SCREENSHOTS:
        tab.page.screenshot(path=str(Path(_SCREENSHOTS) / f"{name}.png"))


def axe_source(folder: Path) -> str:
    """axe-core of the lock file; skips the test where npm cannot fetch it."""
    if not shutil.which("npm"):
        pytest.skip("needs npm")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(_AXE / name, folder)
    done = subprocess.run(["npm", "ci", "--no-progress"], cwd=folder, capture_output=True, text=True)  # noqa: S607
    if done.returncode != 0:
        pytest.skip(f"npm could not fetch axe-core: {done.stderr.strip()[-300:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(tab: Tab, axe: str) -> list[str]:
    """What keeps somebody from using the page, one line for each place."""
    if not tab.page.evaluate("'axe' in window"):
        tab.page.evaluate(f"{axe}; undefined")
    found = tab.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for one in found["violations"]
        if one["impact"] in _SERIOUS
        for node in one["nodes"]
    ]


def too_wide(tab: Tab) -> list[str]:
    """What makes the page itself scroll sideways."""
    found: list[str] = tab.page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll("body *")]
                .filter(part => part.getBoundingClientRect().right > innerWidth + 1)
                .map(part => part.outerHTML.slice(0, 200))"""
    )
    return found


def menus_outside(tab: Tab) -> list[str]:
    """Menus that would stand beyond the left or right edge of the window when they are opened."""
    found: list[str] = tab.page.evaluate(
        """() => [...document.querySelectorAll("details.menu")].flatMap(menu => {
            const { hidden, open } = menu;
            Object.assign(menu, { hidden: false, open: true });
            const popup = menu.querySelector(".popup");
            const { left, right, width } = popup.getBoundingClientRect();
            Object.assign(menu, { hidden, open });
            const isInside = left >= 0 && right <= innerWidth;
            return !width || isInside ? [] : [`${left}-${right}: ${menu.outerHTML.slice(0, 200)}`];
        })"""
    )
    return found
