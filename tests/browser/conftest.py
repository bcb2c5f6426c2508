"""A server, and a browser before it.

The browser is there for a module only: while Playwright runs, its event loop runs in this thread, where tests
of other modules may not ask the database then.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import Tab, chromium_running, tab_in
from tests.served import ROOT, Server, manage, start

SUPERUSER, SUPERUSER_PASSWORD = "root@example.com", "1234567890"

_JSON = {"content-type": "application/json"}

# Opens a tab; options are those of `tab_in`.
OpenTab = Callable[..., Tab]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_running() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a new data directory with one superuser."""
    server = start_new(tmp_path_factory.mktemp("browsed"))
    try:
        yield server
    finally:
        server.stop()


def start_new(folder: Path) -> Server:
    return start(new_data_dir(folder))


def new_data_dir(folder: Path) -> Path:
    """A data directory with one superuser."""
    data_dir = folder / "pb_data"
    command = manage(data_dir, "superuser", "upsert", SUPERUSER, SUPERUSER_PASSWORD)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return data_dir


def superuser_token(server: Server) -> str:
    """A token of the superuser that every new server has."""
    credentials = json.dumps({"identity": SUPERUSER, "password": SUPERUSER_PASSWORD})
    answer = server.request("POST", "/api/collections/_superusers/auth-with-password", _JSON, credentials)
    token: str = json.loads(answer.body)["token"]
    return token


def as_superuser(server: Server, method: str, path: str, body: Any) -> None:
    """A request below /api/ that must succeed."""
    headers = {**_JSON, "authorization": superuser_token(server)}
    answer = server.request(method, f"/api/{path}", headers, json.dumps(body))
    assert answer.status in {200, 204}, answer.body


def change_settings(server: Server, **settings: Any) -> None:
    as_superuser(server, "PATCH", "settings", settings)


@pytest.fixture
def new_tab(chromium: Browser, server: Server) -> Iterator[OpenTab]:
    """Tabs on the server, each with cookies of its own; all are checked at the end."""
    with ExitStack() as stack:

        def open_tab(base: str = server.url, **options: Any) -> Tab:
            return stack.enter_context(tab_in(chromium, base, **options))

        yield open_tab


@pytest.fixture
def tab(new_tab: OpenTab) -> Tab:
    return new_tab()
