"""The official JavaScript SDK reads from Joey what it reads from PocketBase 0.39.11 (`expected.json`)."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.served import Server

HERE = Path(__file__).resolve().parent
EXPECTED: dict[str, Any] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script and the `pocketbase` package of the lock file."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("needs node and npm")
    folder = tmp_path_factory.mktemp("sdk")
    for name in ("package.json", "package-lock.json", ".npmrc", "reading.mjs"):
        shutil.copy(HERE / name, folder)
    installed = subprocess.run(["npm", "ci", "--no-progress"], cwd=folder, capture_output=True, text=True)  # noqa: S607
    if installed.returncode != 0:
        pytest.skip(f"npm could not fetch the pocketbase package: {installed.stderr.strip()[-300:]}")
    return folder


@pytest.fixture(scope="session")
def results(sdk: Path, served: Server) -> dict[str, Any]:
    """What the script read, by claim."""
    command = ["node", "reading.mjs", served.url]
    done = subprocess.run(command, cwd=sdk, capture_output=True, text=True, timeout=60)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


@pytest.mark.parametrize("claim", [name for name in EXPECTED if name != "errors"])
def test_the_sdk_reads(results: dict[str, Any], claim: str) -> None:
    assert results[claim] == EXPECTED[claim]


@pytest.mark.parametrize("claim", EXPECTED["errors"])
def test_the_sdk_is_refused(results: dict[str, Any], claim: str) -> None:
    assert results["errors"][claim] == EXPECTED["errors"][claim]


def test_every_result_is_looked_at(results: dict[str, Any]) -> None:
    assert (results.keys(), results["errors"].keys()) == (EXPECTED.keys(), EXPECTED["errors"].keys())
