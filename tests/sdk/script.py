"""The scripts that use the official SDK, run with node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.served import Server

HERE = Path(__file__).resolve().parent
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")


def installed(folder: Path) -> Path:
    """`folder` with the scripts and the `pocketbase` package of the lock file; skips the test without npm."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("needs node and npm")
    for path in (*(HERE / name for name in PACKAGE_FILES), *HERE.glob("*.mjs")):
        shutil.copy(path, folder)
    done = subprocess.run(["npm", "ci", "--no-progress"], cwd=folder, capture_output=True, text=True)  # noqa: S607
    if done.returncode != 0:
        pytest.skip(f"npm could not fetch the pocketbase package: {done.stderr.strip()[-300:]}")
    return folder


def run(folder: Path, script: str, server: Server) -> dict[str, Any]:
    """What the script got from the server, by claim."""
    command = ["node", script, server.url]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads(done.stdout)
    return results


def expected(name: str) -> dict[str, Any]:
    """What the script got from PocketBase 0.39.11."""
    results: dict[str, Any] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return results
