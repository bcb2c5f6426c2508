"""A page of somebody's app, on an origin of its own, with the official SDK in it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.browsing import MOST_MILLISECONDS
from tests.sdk.script import installed

_PAGE = """<!doctype html>
<title>Somebody's app</title>
<script type="module">
import PocketBase from "./node_modules/pocketbase/dist/pocketbase.es.mjs";
import { connections, listen } from "./listening.mjs";
Object.assign(window, { PocketBase, connections, listen });
</script>
"""


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Nothing: the test says what went wrong."""


@contextmanager
def app_served(folder: Path) -> Iterator[str]:
    """The address of the page, whose files are put into `folder`."""
    (installed(folder) / "app.html").write_text(_PAGE, encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder))) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/app.html"
        finally:
            server.shutdown()


@contextmanager
def app_in(browser: Browser, address: str, *, may_be_blocked: bool = False) -> Iterator[Page]:
    """The page in a tab that knows nothing yet; at the end it may have complained about nothing.

    `may_be_blocked`: but for answers that it must not see, as it is of another origin.
    """
    context = browser.new_context()
    context.set_default_timeout(MOST_MILLISECONDS)
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # That a request failed the browser says by itself: what the page makes of it is up to the page.
        is_of_browser = message.text.startswith("Failed to load resource")
        is_of_browser |= may_be_blocked and "has been blocked by CORS policy" in message.text
        if message.type == "error" and not is_of_browser:
            complaints.append(message.text)

    try:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        page.goto(address)
        yield page
        assert complaints == []
    finally:
        context.close()
