"""What screens weigh: sheets and scripts, over the wire before compression (DESIGN.md's budget)."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.browsing import tab_in
from tests.browser.screens import SCREENS, sign_in
from tests.browser.walk import world_shown

MOST_CSS_BYTES = 60 * 1024
MOST_SCRIPT_BYTES = 80 * 1024

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


def test_weight(chromium: Browser, tmp_path: Path) -> None:
    """What each screen loads of sheets and scripts, before what its parts fetch when they are there."""
    with world_shown(tmp_path) as (server, ids), tab_in(chromium, server.url) as tab:
        sign_in(tab)
        for screen in SCREENS:
            screen.open(tab, ids)
            css, scripts = tab.page.evaluate(_WEIGHTS)
            assert 0 < css <= MOST_CSS_BYTES, screen.name
            assert 0 < scripts <= MOST_SCRIPT_BYTES, screen.name
