"""Every screen at every size, light and dark: no complaint, no foreign host, nothing too wide."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import start_new
from tests.browser.dashboard_world import made
from tests.browser.screen import Screen
from tests.browser.screen_lists.shell import DOORS
from tests.browser.screens import (
    SCREENS,
    SIZES,
    Size,
    axe_source,
    keep_screenshot,
    menus_outside,
    sign_in,
    too_wide,
    violations,
)
from tests.served import Server

# Over the wire before compression: DESIGN.md's budget.
MOST_CSS_BYTES = 60 * 1024
MOST_SCRIPT_BYTES = 80 * 1024

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, list[str]]]]:
    """A server with the world, and its ids."""
    server = start_new(tmp_path_factory.mktemp("screens"))
    try:
        yield server, made(server)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize("sizes", [SIZES[:2], SIZES[2:]], ids=["desk", "phone"])
def test_screens(
    chromium: Browser,
    shown: tuple[Server, dict[str, list[str]]],
    axe: str,
    tmp_path: Path,
    sizes: tuple[Size, ...],
) -> None:
    """One browser walks them all: what is wrong with any is told together.

    A screen is loaded once for a kind of device, and then seen at each size, light and dark.
    """
    server, ids = shown
    wrong: dict[str, list[str]] = {}
    with tab_in(chromium, server.url, reduced_motion="reduce", **sizes[0].options) as tab:
        for screen in DOORS:
            wrong |= _look(tab, screen, ids, axe, tmp_path, sizes)
        sign_in(tab)
        for screen in SCREENS:
            wrong |= _look(tab, screen, ids, axe, tmp_path, sizes)
    assert wrong == {}


def _look(
    tab: Tab, screen: Screen, ids: dict[str, list[str]], axe: str, folder: Path, sizes: tuple[Size, ...]
) -> dict[str, list[str]]:
    tab.page.set_viewport_size(sizes[0].viewport)
    screen.open(tab, ids)
    wrong: dict[str, list[str]] = {}
    for size in sizes:
        tab.page.set_viewport_size(size.viewport)
        for scheme in SCHEMES:
            tab.page.emulate_media(color_scheme=scheme)
            keep_screenshot(tab, f"{screen.name}-{size.name}-{scheme}", folder)
            found = [
                *violations(tab, axe),
                *(f"too wide: {part}" for part in too_wide(tab)),
                *(f"menu outside: {part}" for part in menus_outside(tab)),
            ]
            if found:
                wrong[f"{screen.name}, {size.name}, {scheme}"] = found
    return wrong


# What the page itself names, and the modules that those import at their top.
_WEIGHTS = """async () => {
    const links = document.querySelectorAll("link[rel=stylesheet]:not([data-later])");
    const sheets = [...links].map(link => link.href);
    const scripts = [...document.querySelectorAll("script[src]")].map(script => script.src);
    for (const address of scripts) {
        const text = await (await fetch(address)).text();
        for (const [, path] of text.matchAll(/^import (?:[^"]* from )?"([.][^"]*)"/gm)) {
            const imported = new URL(path, address).href;
            if (!scripts.includes(imported)) scripts.push(imported);
        }
    }
    const loaded = performance.getEntriesByType("resource");
    const sizes = new Map(loaded.map(one => [one.name, one.decodedBodySize]));
    return [sheets, scripts].map(all => all.reduce((sum, address) => sum + sizes.get(address), 0));
}"""


def test_weight(chromium: Browser, shown: tuple[Server, dict[str, list[str]]]) -> None:
    """What each screen loads of sheets and scripts, before what its parts fetch when they are there."""
    server, ids = shown
    with tab_in(chromium, server.url) as tab:
        sign_in(tab)
        for screen in SCREENS:
            screen.open(tab, ids)
            css, scripts = tab.page.evaluate(_WEIGHTS)
            assert 0 < css <= MOST_CSS_BYTES, screen.name
            assert 0 < scripts <= MOST_SCRIPT_BYTES, screen.name


_NOTES_SHIFTS = """
    window.shifts = [];
    new PerformanceObserver(list => {
        for (const { value, sources } of list.getEntries())
            shifts.push([value, ...sources.map(({ node }) => node?.cloneNode?.().outerHTML)]);
    }).observe({ type: "layout-shift", buffered: true });
"""
# As browsers count it: the part of the window that moves, times how far of its height.
MOST_SHIFT = 0.05
SEEN_AT_ONCE = ("home", "records", "record", "editor", "rules", "logs", "log", "sql")


def test_nothing_moves_once_it_is_seen(chromium: Browser, shown: tuple[Server, dict[str, list[str]]]) -> None:
    """What a script adds, and a sheet that comes after its list, have their places from the first paint."""
    server, ids = shown
    with tab_in(chromium, server.url, **SIZES[0].options) as tab:
        sign_in(tab)
        tab.page.add_init_script(_NOTES_SHIFTS)
        for screen in SCREENS:
            if screen.name in SEEN_AT_ONCE:
                screen.open(tab, ids)
                shifts = tab.page.evaluate("shifts")
                assert sum(value for value, *_ in shifts) <= MOST_SHIFT, (screen.name, shifts)
