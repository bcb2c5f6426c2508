"""An example as somebody has it who copied it: on a new data directory, with a superuser."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.process.at_once import SUPERUSER
from tests.served import ROOT, START_SECONDS, Server, manage, start

EXAMPLES = ROOT / "examples"
_NOT_COPIED = shutil.ignore_patterns("pb_data", "node_modules", "__pycache__")


@contextmanager
def running(name: str, folder: Path, database: str = "") -> Iterator[Server]:
    """A server on a copy of the example in `folder`. It prints the mails that it sends, but no traceback.

    `database` is the address of a new one; without it SQLite is used.

    Its pages have the SDK that their lock file names; without npm the test is skipped.
    """
    copy = shutil.copytree(EXAMPLES / name, folder / name, ignore=_NOT_COPIED)
    if (copy / "pb_public" / "package.json").exists():
        _install(copy / "pb_public")
    data_dir = copy / "pb_data"
    run(data_dir, "superuser", "upsert", *SUPERUSER, database=database)
    server = start(
        data_dir, DATABASE_URL=database, EMAIL_BACKEND="django.core.mail.backends.console.EmailBackend"
    )
    try:
        yield server
    finally:
        server.stop()
    assert "Traceback" not in server.output.read_text()


def data_dir_of(server: Server) -> Path:
    return server.output.with_name("pb_data")


def run(data_dir: Path, *arguments: str, database: str = "") -> str:
    """What a command on the data directory prints."""
    command = manage(data_dir, *arguments, DATABASE_URL=database)
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603


def until(condition: Callable[[], object], what: str) -> None:
    """A limit only for what never comes."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


def _install(folder: Path) -> None:
    if not shutil.which("npm"):
        pytest.skip("needs npm")
    command = ["npm", "ci", "--no-progress", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)  # noqa: S603
    if done.returncode != 0:
        pytest.skip(f"npm could not fetch the pocketbase package: {done.stderr.strip()[-300:]}")
