"""Every hook fires in its scenario, with its event, and is an end of the matter where it may be."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpResponse

from platform_app.wire.errors import Forbidden
from tests.environment import SHARED
from tests.hooks.catalogue import OF_PROCESSES, ROWS, Row
from tests.hooks.world import World
from tests.reference.hook_logs import hook_of

rows = pytest.mark.parametrize("row", ROWS, ids=str)


@pytest.fixture
def play(world: World, connect: Any, request: Any) -> Callable[..., Any]:
    """What the scenario of a row comes to with one receiver at its hook."""

    def play(row: Row, receiver: Callable[..., Any]) -> Any:
        if row.scenario.startswith("backup"):
            if connection.vendor != "sqlite":
                pytest.skip("copies SQLite's files")
            request.getfixturevalue("directory")
        world.prepare(row.scenario)
        hook = hook_of(row.name)
        limits = {"collection": "posts"} if row.name.startswith("Model") else {}
        connect(hook, receiver, **limits)
        try:
            return world.play(row.scenario)
        except Exception as error:  # noqa: BLE001 - what nobody answers
            return type(error).__name__

    return play


def usual(row: Row) -> Any:
    """What the scenario comes to without receivers."""
    if row.scenario.endswith("_refused"):
        return 400
    if row.scenario.startswith("backup"):
        return "done"
    is_silent = row.scenario.startswith("confirm_") or row.scenario.endswith(
        ("delete", "import", "subscribe", "verification", "password_reset", "email_change")
    )
    return 204 if is_silent else 200


@rows
def test_it_fires_in_its_scenario_with_its_event(play, row):
    seen: list[Any] = []

    def look(event, **kwargs):
        seen.append([name for name in row.fields if not hasattr(event, name)])
        yield
        seen.append("after")

    assert play(row, look) == usual(row)
    assert seen[:1] == [[]]
    # Streams end later.
    assert "after" in seen or row.name == "RealtimeConnectRequest"


@rows
def test_raising_refuses(play, row):
    def refuse(event, **kwargs):
        raise Forbidden("Not you.")

    assert play(row, refuse) == row.refused


@rows
def test_a_fault_is_answered_without_its_words(play, world, row):
    def fail(event, **kwargs):
        raise ZeroDivisionError("secret of the receiver")

    assert play(row, fail) == row.failed
    # Who designs is told the raw error, as in the reference.
    assert b"secret" not in world.content or row.name.startswith("Collection")


@rows
def test_a_chain_that_stops_says_nothing(play, row):
    def stop(event, **kwargs):
        return
        yield

    assert play(row, stop) == row.stopped


@pytest.mark.parametrize("row", [row for row in ROWS if row.name.endswith("Request")], ids=str)
class TestRequests:
    def test_a_stopped_one_answers_nothing(self, play, world, row):
        def stop(event, **kwargs):
            return
            yield

        assert (play(row, stop), world.content) == (200, b"")

    def test_a_receiver_answers_instead(self, play, world, row):
        assert (play(row, teapot), world.content) == (418, b"tea")

    def test_a_receiver_answers_instead_of_the_action_that_is_done(self, play, world, row):
        def after(event, **kwargs):
            yield
            return teapot()

        if row.name == "RealtimeConnectRequest":
            pytest.skip("what follows its yield follows its stream")
        assert (play(row, after), world.content) == (418, b"tea")

    @pytest.mark.parametrize("is_refused", [False, True], ids=["done", "refused"])
    def test_its_answer_has_the_headers_of_receivers(self, play, world, row, is_refused):
        def head(event, **kwargs):
            event.headers["X-Hook"] = "here"
            if is_refused:
                raise Forbidden

        assert (play(row, head), world.headers.get("X-Hook")) == (403 if is_refused else usual(row), "here")

    def test_an_error_behind_the_answer_changes_nothing(self, play, row, caplog):
        def late(event, **kwargs):
            yield
            raise Forbidden("Too late.")

        assert play(row, late) == usual(row)
        said = [one.getMessage() for one in caplog.records if one.name == "collections_app.events"]
        assert said == ["a hook's receiver failed after its request was answered: Too late."] or (
            row.name == "RealtimeConnectRequest"
        )

    def test_refused_values_are_named(self, play, world, row):
        def refuse(event, **kwargs):
            raise ValidationError({"t": ValidationError("Not that.", code="validation_not_that")})

        assert play(row, refuse) == 400
        assert b'"t":{"code":"validation_not_that","message":"Not that."}' in world.content


def teapot(**kwargs: Any) -> Any:
    return HttpResponse("tea", status=418)


def test_the_table_has_every_hook_of_the_contract():
    contract = SHARED / "contract" / "hooks.md"
    if not contract.exists():
        pytest.skip("needs ../shared/contract")
    names = {row.name for row in ROWS} | set(OF_PROCESSES)
    assert len(names) == len(ROWS) + len(OF_PROCESSES) == 83
    text = contract.read_text(encoding="utf-8").partition("## 4.")[0]
    named = set(re.findall(r"\bOn([A-WYZ]\w+)", text))
    assert named - names == {"Record", "Collection"}  # which stand for what begins so


def test_the_reference_page_has_every_hook():
    page = Path(__file__).resolve().parents[2] / "docs/reference/hooks.md"
    text = page.read_text(encoding="utf-8")
    assert [row.name for row in ROWS if f"| `On{row.name}` |" not in text] == []
