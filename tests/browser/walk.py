"""A walk through every screen of the dashboard, at the sizes of one kind of device, light and dark.

There is no longer test: so each kind of device has a file of its own, as files run beside each other.
"""

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from tests.browser.browsing import Tab, tab_in
from tests.browser.dashboard_world import Ids, world_shown
from tests.browser.screen import Screen
from tests.browser.screen_lists.shell import DOORS
from tests.browser.screens import (
    SCREENS,
    Size,
    axe_source,
    keep_screenshot,
    menus_outside,
    sign_in,
    too_wide,
    violations,
)

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def wrong_on_screens(browser: Browser, folder: Path, *sizes: Size) -> dict[str, list[str]]:
    """What is wrong with any screen, by its name, size and scheme.

    A screen is loaded once, seen light and dark, and then at the other sizes.
    """
    axe = axe_source(folder)
    wrong: dict[str, list[str]] = {}
    with (
        world_shown(folder) as (server, ids),
        tab_in(browser, server.url, reduced_motion="reduce", **sizes[0].options) as tab,
    ):
        for screen in DOORS:
            wrong |= _look(tab, screen, ids, axe, folder, sizes)
        sign_in(tab)
        for screen in SCREENS:
            wrong |= _look(tab, screen, ids, axe, folder, sizes)
    return wrong


def _look(
    tab: Tab, screen: Screen, ids: Ids, axe: str, folder: Path, sizes: tuple[Size, ...]
) -> dict[str, list[str]]:
    tab.page.set_viewport_size(sizes[0].viewport)
    screen.open(tab, ids)
    wrong: dict[str, list[str]] = {}
    for size in sizes:
        tab.page.set_viewport_size(size.viewport)
        # Colours do not change with the window.
        for scheme in SCHEMES if size is sizes[0] else SCHEMES[:1]:
            tab.page.emulate_media(color_scheme=scheme)
            keep_screenshot(tab, f"{screen.name}-{size.name}-{scheme}")
            found = [
                *violations(tab, axe),
                *(f"too wide: {part}" for part in too_wide(tab)),
                *(f"menu outside: {part}" for part in menus_outside(tab)),
            ]
            if found:
                wrong[f"{screen.name}, {size.name}, {scheme}"] = found
    return wrong
