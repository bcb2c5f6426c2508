"""A wheel of this tree, installed into a virtual environment of its own, as somebody else would have it."""

import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.served import ROOT, Server, environment, start

# What a process of somebody else does not have: these settings, and this tree's other variables.
ELSEWHERE: dict[str, Any] = {
    "DJANGO_SETTINGS_MODULE": None,
    "AUTOMIGRATE": None,
    "EMAIL_BACKEND": None,
    "PYTHONPATH": None,
    "DATA_DIR": None,
    "TEST_DATABASE_URL": None,
}


@dataclass(frozen=True)
class Installed:
    wheel: Path
    python: str
    joey: str

    def run(self, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
        """What Python says to `command`, called in `folder`."""
        return subprocess.run(  # noqa: S603 - our own command
            [*environment(folder, **ELSEWHERE), self.python, *command],
            cwd=folder,
            capture_output=True,
            text=True,
        )

    def serve(self, folder: Path, *command: str, port: int = 0, **variables: str) -> Server:
        """The same for a command that serves, once it answers; its data are in `folder`/pb_data."""
        return start(
            folder / "pb_data",
            command=command,
            port=port,
            python=self.python,
            folder=folder,
            **{**ELSEWHERE, **variables},
        )


def install(folder: Path) -> Installed:
    """Build the wheel, and install it into a virtual environment that sees the libraries of this one.

    Nothing is fetched: the libraries come by a `.pth` file, and the build backend is a library, too.
    """
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist"), cwd=ROOT)
    (wheel,) = (folder / "dist").iterdir()
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    names = {"base": str(folder / "venv"), "platbase": str(folder / "venv")}
    libraries = Path(sysconfig.get_path("purelib", vars=names)) / "libraries.pth"
    libraries.write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
    _run(sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(wheel), cwd=folder)
    return Installed(wheel, str(python), str(python.with_name("joey")))


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)  # noqa: S603 - our own command
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("installed"))
