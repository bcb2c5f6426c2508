"""The official JavaScript SDK reads from Joey what it reads from PocketBase 0.39.11 (`expected.json`)."""

from pathlib import Path
from typing import Any

import pytest

from tests.sdk.script import expected, run
from tests.served import Server

EXPECTED = expected("expected.json")


@pytest.fixture(scope="session")
def results(sdk: Path, served: Server) -> dict[str, Any]:
    return run(sdk, "reading.mjs", served)


@pytest.mark.parametrize("claim", [name for name in EXPECTED if name != "errors"])
def test_the_sdk_reads(results: dict[str, Any], claim: str) -> None:
    assert results[claim] == EXPECTED[claim]


@pytest.mark.parametrize("claim", EXPECTED["errors"])
def test_the_sdk_is_refused(results: dict[str, Any], claim: str) -> None:
    assert results["errors"][claim] == EXPECTED["errors"][claim]


def test_every_result_is_looked_at(results: dict[str, Any]) -> None:
    assert (results.keys(), results["errors"].keys()) == (EXPECTED.keys(), EXPECTED["errors"].keys())
