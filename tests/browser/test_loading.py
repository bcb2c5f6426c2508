"""How screens load: what they weigh, over the wire before compression, and that nothing moves then.

The budget is DESIGN.md's.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import tab_in
from tests.browser.dashboard_world import Ids, world_shown
from tests.browser.screens import SCREENS, WIDE, sign_in
from tests.served import Server

MOST_CSS_BYTES = 60 * 1024
MOST_SCRIPT_BYTES = 80 * 1024


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Ids]]:
    with world_shown(tmp_path_factory.mktemp("shown")) as world:
        yield world


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


def test_weight(chromium: Browser, shown: tuple[Server, Ids]) -> None:
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


def test_nothing_moves_once_it_is_seen(chromium: Browser, shown: tuple[Server, Ids]) -> None:
    """What a script adds, and a sheet that comes after its list, have their places from the first paint."""
    server, ids = shown
    with tab_in(chromium, server.url, **WIDE.options) as tab:
        sign_in(tab)
        tab.page.add_init_script(_NOTES_SHIFTS)
        for screen in SCREENS:
            if screen.name in SEEN_AT_ONCE:
                screen.open(tab, ids)
                shifts = tab.page.evaluate("shifts")
                assert sum(value for value, *_ in shifts) <= MOST_SHIFT, (screen.name, shifts)
