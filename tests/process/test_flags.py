"""PocketBase's flags, with processes that are forked, or that execute themselves again."""

import subprocess
from pathlib import Path

import pytest

from tests.served import ROOT, manage, start


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("serve", "--http=127.0.0.1:PORT", "--workers=2"), id="serve"),
        pytest.param(("runserver", "127.0.0.1:PORT"), id="runserver_with_its_reloader"),
    ],
)
def test_all_processes_use_what_the_flags_say(tmp_path: Path, command: tuple[str, ...]) -> None:
    ours = tmp_path / "ours"
    server = start(
        tmp_path / "not_this",
        command=("manage.py", "--dir", str(ours), *command, "--hooksPool=15"),
    )
    server.stop()
    assert (ours / "data.db").exists()
    assert not (tmp_path / "not_this").exists()
    assert server.output.read_text().count("--hooksPool has no meaning here") == 1


def test_they_hold_for_commands_too(tmp_path: Path) -> None:
    superuser = ("superuser", "create", "ann@example.com", "1234567890")
    command = manage(tmp_path / "not_this", *superuser, f"--dir={tmp_path / 'ours'}")
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own command
    assert (tmp_path / "ours" / "data.db").exists()
    assert not (tmp_path / "not_this").exists()
