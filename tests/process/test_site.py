"""The static site is served by default, by every kind of server, from its folder beside the data."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.process.test_lifetime import LISTEN
from tests.process.test_log import WSGI
from tests.served import ROOT, manage, start

LARGE = os.urandom(3 * 1024 * 1024)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "pb_public").mkdir()
    (folder / "pb_public" / "index.html").write_bytes(b"<h1>home</h1>")
    (folder / "pb_public" / "large.bin").write_bytes(LARGE)
    command = manage(folder / "pb_data", "superuser", "upsert", "test@example.com", "1234567890")
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return folder / "pb_data"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("manage.py", "serve"), id="serve"),
        pytest.param(("manage.py", "runserver", "--noreload", LISTEN), id="runserver"),
        pytest.param(WSGI, id="wsgi"),
    ],
)
def test_the_folder_is_served(data_dir: Path, command: tuple[str, ...]) -> None:
    server = start(data_dir, command=command)
    try:
        answers = {
            target: (answer.status, dict(answer.headers).get("location"), answer.body)
            for target in ("/", "/pages/7", "/index.html", "/large.bin", "/api/nope")
            for answer in [server.request("GET", target)]
        }
        part = server.request("GET", "/large.bin", {"Range": "bytes=70000-2000000"})
    finally:
        server.stop()
    home = (200, None, b"<h1>home</h1>")
    assert answers == {
        "/": home,
        "/pages/7": home,
        "/index.html": (301, "/", b""),
        "/large.bin": (200, None, LARGE),
        "/api/nope": home,
    }
    assert (part.status, part.body) == (206, LARGE[70000:2000001])


def test_the_fallback_can_be_switched_off(data_dir: Path) -> None:
    server = start(data_dir, INDEX_FALLBACK="0")
    try:
        statuses = [server.request("GET", target).status for target in ("/", "/pages/7", "/api/nope")]
    finally:
        server.stop()
    assert statuses == [200, 404, 404]
