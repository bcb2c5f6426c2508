"""The official JavaScript SDK reads, writes, signs in and has files as it does with PocketBase 0.39.11.

`expected_reading.json` and so on hold what the scripts got from that.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.sdk.script import expected, installed, run
from tests.sdk.world import sign_in
from tests.served import serving_the_fixture

EXPECTED = {
    script: expected(f"expected_{script}.json") for script in ("reading", "writing", "files", "signing_in")
}
Results = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to run the scripts in."""
    return installed(tmp_path_factory.mktemp("sdk"))


@pytest.fixture(scope="module")
def results(sdk: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What each script got, from a server of its own: one of them changes what it finds."""
    found: Results = {}
    for script in EXPECTED:
        with serving_the_fixture(tmp_path_factory.mktemp(script)) as server:
            is_alone = script != "signing_in"
            found[script] = run(sdk, f"{script}.mjs", server) if is_alone else sign_in(sdk, server.url)
    return found


@pytest.mark.parametrize(
    ("script", "claim"),
    [(script, claim) for script, claims in EXPECTED.items() for claim in claims if claim != "errors"],
)
def test_the_sdk_succeeds(results: Results, script: str, claim: str) -> None:
    assert results[script][claim] == EXPECTED[script][claim]


@pytest.mark.parametrize(
    ("script", "claim"),
    [(script, claim) for script, claims in EXPECTED.items() for claim in claims["errors"]],
)
def test_the_sdk_is_refused(results: Results, script: str, claim: str) -> None:
    assert results[script]["errors"][claim] == EXPECTED[script]["errors"][claim]


@pytest.mark.parametrize("script", EXPECTED)
def test_every_result_is_looked_at(results: Results, script: str) -> None:
    got, wanted = results[script], EXPECTED[script]
    assert (got.keys(), got["errors"].keys()) == (wanted.keys(), wanted["errors"].keys())
