"""The tools for people who build on us, as somebody has them who installed the wheel."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import blocks_of
from tests.environment import FIXTURE
from tests.process.installing import Installed
from tests.served import ROOT

PAGE = ROOT / "docs/extending/testing.md"
CONFIGURED = """
[tool.pytest.ini_options]
DJANGO_SETTINGS_MODULE = "joey_config.settings"
addopts = "-p joey_testing.plugin -p no:cacheprovider"
"""


def run(installed: Installed, folder: Path, test: str, configured: str = "") -> tuple[str, str]:
    """The last line of what pytest says to a file of tests, and all of it."""
    (folder / "pyproject.toml").write_text(CONFIGURED + configured)
    (folder / "test_it.py").write_text(test)
    done = installed.run(folder, "-m", "pytest", "-q", "-p", "randomly", "test_it.py")
    return done.stdout.splitlines()[-1], done.stdout + done.stderr


def test_the_page_is_true(installed: Installed, tmp_path: Path) -> None:
    last, said = run(installed, tmp_path, "\n\n".join(blocks_of(PAGE)))
    assert re.match(r"7 passed in", last), said
    assert not (tmp_path / "pb_data").exists()


LEAVING = """
import pytest
from collections_app.orm import collection_model

FIELDS = [{"type": "file", "name": "picture"}]
DEFINITION = {"name": "posts", "fields": FIELDS, "createRule": "", "listRule": ""}

def leave_something(api, superuser_api, data_dir):
    assert superuser_api.post("/api/collections", DEFINITION).status == 200
    assert superuser_api.patch("/api/settings", {"meta": {"appName": "Other"}}).status == 200
    assert api.post("/api/collections/posts/records", files={"picture": ("notes.txt", b"a")}).status == 200
    assert len(list(data_dir.glob("storage/*/*/notes_*.txt"))) == 1

def check_that_nothing_is_left(api, superuser_api, data_dir):
    assert api.get("/api/collections/posts/records").status == 404
    assert superuser_api.get("/api/settings").json["meta"]["appName"] != "Other"
    assert collection_model("_superusers").objects.count() == 1
    assert list(data_dir.glob("storage/*/*/notes_*.txt")) == []

@pytest.mark.parametrize("turn", [1, 2, 3])
def test_rolled_back(turn, api, superuser_api, data_dir):
    check_that_nothing_is_left(api, superuser_api, data_dir)
    leave_something(api, superuser_api, data_dir)

@pytest.mark.parametrize("turn", [1, 2, 3])
def test_committed(turn, committed, api, superuser_api, data_dir):
    check_that_nothing_is_left(api, superuser_api, data_dir)
    leave_something(api, superuser_api, data_dir)

@pytest.mark.parametrize("turn", [1, 2])
def test_realtime(turn, realtime, api, superuser_api, data_dir):
    check_that_nothing_is_left(api, superuser_api, data_dir)
    leave_something(api, superuser_api, data_dir)
"""


def test_nothing_outlives_a_test(installed: Installed, tmp_path: Path) -> None:
    last, said = run(installed, tmp_path, LEAVING)
    assert last.startswith("8 passed"), said


def test_a_snapshot_is_what_all_tests_begin_with(installed: Installed, tmp_path: Path) -> None:
    if not FIXTURE.exists():
        pytest.skip("needs ../shared/conformance/fixture")
    test = "def test_it(api):\n    assert api.get('/api/collections/demo2/records').json['totalItems'] > 0\n"
    last, said = run(installed, tmp_path, test, f'joey_snapshot = "{FIXTURE}"\n')
    assert last.startswith("1 passed"), said


WRONG = """
from joey_testing.scenarios import Scenario

def test_it(run_scenario):
    run_scenario(
        Scenario(
            name="guests look",
            path="/api/collections/users/records",
            status=403,
            content=["nothing", "page"],
            no_content=["perPage"],
            events={"records_list_request": 2, "record_create": 0, "*": 0},
        )
    )

def test_unknown_hook(run_scenario):
    run_scenario(Scenario(name="x", path="/api/health", events={"record_made": 1}))
"""


def test_a_scenario_says_everything_that_is_wrong(installed: Installed, tmp_path: Path) -> None:
    last, said = run(installed, tmp_path, WRONG)
    assert last.startswith("2 failed"), said
    lines = [line.removeprefix("E").strip() for line in said.splitlines() if line.startswith("E")]
    assert [line for line in lines if line.startswith(("Assertion", "expected", "did not", "Lookup"))] in (
        [*_SAID, _UNKNOWN],
        [_UNKNOWN, *_SAID],
    )


_SAID = [
    "AssertionError: guests look:",
    "expected status 403",
    "expected 'nothing' in the answer",
    "did not expect 'perPage' in the answer",
    "expected records_list_request 2 times, it fired 1 times",
]
_UNKNOWN = "LookupError: there is no hook 'record_made'"
