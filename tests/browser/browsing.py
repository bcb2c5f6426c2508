"""A browser tab that a test drives, and what may never happen in one of ours."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright

from tests.browser.links import SIGNATURE

MOST_MILLISECONDS = 60_000  # only for what hangs
# CodeMirror lets no key take a completion within 75 ms of its appearance: it may not be seen yet.
COMPLETION_MILLISECONDS = 150

# Answers of an API that is not there: status and JSON, or HTML; None for a connection that breaks.
ApiAnswer = tuple[int, Any] | None
NO_CONTENT: ApiAnswer = (204, None)


@dataclass(frozen=True)
class Call:
    """What a page asked the API for; `path` is the part below /api/."""

    method: str
    path: str
    body: Any
    authorization: str | None


@dataclass
class Tab:
    """A tab, what its page complained about, and what it asked for.

    `may_fail` are patterns of the paths that a test knows to be answered with an error.
    """

    page: Page
    base: str
    may_fail: tuple[str, ...] = ()
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def open(self, address: str) -> None:
        self.page.goto(self.base + address)

    def is_offered(self, completion: str) -> None:
        """Wait until this is the first completion of an editor, and keys take it."""
        expect(self.page.locator(".cm-tooltip-autocomplete li").first).to_contain_text(completion)
        self.page.wait_for_timeout(COMPLETION_MILLISECONDS)

    def api_answers(self, *answers: ApiAnswer) -> None:
        """Answer in place of the API: with each once, the last one from then on."""
        left = list(answers)

        def answer(route: Route) -> None:
            self.calls.append(_call_of(route.request))
            now = left.pop(0) if len(left) > 1 else left[0]
            if now is None:
                route.abort()
            elif now[0] == 204:
                route.fulfill(status=204)
            else:
                is_page = isinstance(now[1], str)
                route.fulfill(
                    status=now[0],
                    content_type="text/html" if is_page else "application/json",
                    body=now[1] if is_page else json.dumps(now[1]),
                )

        self.page.unroute("**/api/**")
        self.page.route("**/api/**", answer)

    def heading(self) -> str:
        """The one that is seen."""
        (heading,) = [found for found in self.page.locator("h1").all() if found.is_visible()]
        return heading.inner_text()

    def check(self) -> None:
        """What holds for every page of ours, whatever is done on it."""
        assert not self.complaints, self.complaints
        # What a page has made itself has no host, nor what is the browser's own, such as its viewer of PDFs.
        asked = [request.url for request in self.requests if request.url.startswith("http")]
        hosts = {urlsplit(url).netloc for url in asked}
        assert hosts <= {urlsplit(self.base).netloc}, hosts
        for request in self.requests:
            address, _, _ = request.url.partition("#")
            assert SIGNATURE not in address
            assert SIGNATURE not in request.headers.get("referer", "")


def _call_of(request: Request) -> Call:
    return Call(
        request.method,
        urlsplit(request.url).path.partition("/api/")[2],
        json.loads(request.post_data or "null"),
        request.headers.get("authorization"),
    )


@contextmanager
def tab_in(browser: Browser, base: str, **options: Any) -> Iterator[Tab]:
    """A tab of a browser that knows nothing yet; `options` as of Playwright's `new_context`."""
    context = browser.new_context(**options)
    context.set_default_timeout(MOST_MILLISECONDS)
    try:
        page = context.new_page()
        tab = Tab(page, base)
        page.on("request", lambda request: tab.requests.append(request))
        page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        page.on("console", lambda message: _note(tab, message))
        yield tab
        tab.check()
    finally:
        context.close()


def _note(tab: Tab, message: ConsoleMessage) -> None:
    # What the API answers is no error of the page, nor what browsers look for by themselves.
    path = urlsplit(message.location["url"]).path
    may_fail = any(fnmatch(path, pattern) for pattern in ("*/api/*", "/favicon.ico", *tab.may_fail))
    is_an_answer = message.text.startswith("Failed to load resource") and may_fail
    if message.type == "error" and not is_an_answer:
        tab.complaints.append(f"{message.text} {path}")


@contextmanager
def chromium_running() -> Iterator[Browser]:
    """Debian's Chromium without a window; the test is skipped where there is none."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs chromium (Debian's package)")
    expect.set_options(timeout=MOST_MILLISECONDS)
    with sync_playwright() as playwright:
        # Its sandbox does not work for root, and needs user namespaces that containers may not have.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
