"""The official JavaScript SDK writes to Joey as it writes to PocketBase 0.39.11 (`expected_writing.json`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.script import expected, run
from tests.served import Server, adopted, start

EXPECTED = expected("expected_writing.json")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, since the script changes what it finds."""
    server = start(adopted(tmp_path_factory.mktemp("written")))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def results(sdk: Path, written: Server) -> dict[str, Any]:
    return run(sdk, "writing.mjs", written)


@pytest.mark.parametrize("claim", [name for name in EXPECTED if name != "errors"])
def test_the_sdk_writes(results: dict[str, Any], claim: str) -> None:
    assert results[claim] == EXPECTED[claim]


@pytest.mark.parametrize("claim", EXPECTED["errors"])
def test_the_sdk_is_refused(results: dict[str, Any], claim: str) -> None:
    assert results["errors"][claim] == EXPECTED["errors"][claim]


def test_every_result_is_looked_at(results: dict[str, Any]) -> None:
    assert (results.keys(), results["errors"].keys()) == (EXPECTED.keys(), EXPECTED["errors"].keys())
