"""The command that serves an example, as `make` would run it."""

import subprocess

import pytest

from tests.examples.running import EXAMPLES
from tests.served import ROOT

NAMES = ["blog", "chat", "comments", "webhooks"]


def recipe(name: str) -> str:
    """What make would run once the environment is there."""
    # Not as a part of the make that may have called the tests.
    command = ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", "--no-print-directory", "--dry-run"]
    command += ["--old-file=setup", "example", f"NAME={name}", "PORT=8123"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603


@pytest.mark.parametrize("name", NAMES)
def test_one_command_serves_it_from_its_own_folder(name):
    assert f"DATA_DIR=examples/{name}/pb_data HOST=127.0.0.1 PORT=8123" in recipe(name).splitlines()[-1]
    page = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    assert f"make example NAME={name}\n" in page or f"make example NAME={name} " in page
    assert f"[{name}]({name}/)" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
