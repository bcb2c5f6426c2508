"""A feed in a browser, by its own EventSource: what a page of the dashboard sees."""

import subprocess
from typing import Any

from tests.browser.browsing import Tab
from tests.browser.conftest import SUPERUSER, SUPERUSER_PASSWORD
from tests.served import ROOT, Server, manage

WATCH = """
window.seen = [];
window.source = new EventSource("/_/live-feeds/copies");
for (const name of ["stream-open", "message", "error"])
  source.addEventListener(name, ({ type, data }) => seen.push([type, data]));
"""
SEND = 'from realtime_app.feeds import feeds; feeds.send("copies", "progress", {"done": 1}); feeds.flush()'


# A promise: what Playwright waits for by itself it evaluates, which the page's policy does not allow.
SEEN = """count => new Promise(resolve => {
    const look = () => seen.length >= count ? resolve(seen) : setTimeout(look, 20);
    look();
})"""


def seen(tab: Tab, count: int) -> Any:
    return tab.page.evaluate(SEEN, count)


def test_the_page_of_who_has_signed_in_sees_what_a_command_sends(server: Server, tab: Tab) -> None:
    tab.open("/_/login/")
    tab.page.fill("#id_username", SUPERUSER)
    tab.page.fill("#id_password", SUPERUSER_PASSWORD)
    tab.page.click("[type=submit]")
    tab.page.wait_for_url(f"{tab.base}/_/")
    tab.page.evaluate(WATCH)
    assert seen(tab, 1) == [["stream-open", ""]]
    command = manage(server.output.with_name("pb_data"), "shell", "-v", "0", "-c", SEND)
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own command
    entries = '[{"event":"progress","data":{"done":1}}]'
    assert seen(tab, 2)[1:] == [["message", f'{{"dropped":0,"entries":{entries}}}']]
    tab.page.evaluate("source.close()")


def test_the_browser_of_a_guest_does_not_try_again(tab: Tab) -> None:
    tab.may_fail = ("/_/live-feeds/copies",)
    tab.open("/_/login/")
    tab.page.evaluate(WATCH)
    assert seen(tab, 1) == [["error", None]]
    assert tab.page.evaluate("source.readyState === EventSource.CLOSED")
