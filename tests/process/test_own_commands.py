"""Commands of other people's apps are called as ours are."""

import subprocess

from tests.served import ROOT, manage


def run(data_dir, *arguments):
    command = manage(data_dir, *arguments, "--settings", "tests.process.beside.settings")
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # noqa: S603 - our own command


def test_a_module_is_a_command(tmp_path):
    done = run(tmp_path / "pb_data", "hello", "you")
    assert (done.returncode, done.stdout) == (0, "Hello you!\n"), done.stderr
    assert "    hello\n" in run(tmp_path / "pb_data", "help").stdout
