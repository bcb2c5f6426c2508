"""How often each hook fires: the shared conformance scenarios, replayed in-process.

The scenarios name PocketBase's hooks (`OnRecordCreate`); ours are called `record_create`, and so on for
all of them (`docs/reference/hooks.md`). `*` with 0 says that no hook fires but those listed.
"""

import importlib.util
import json
from collections import Counter
from types import ModuleType
from typing import Any

import pytest
from django.db import connection, transaction

from tests.environment import SHARED
from tests.reference.hook_logs import names, noting

CONFORMANCE = SHARED / "conformance"
AREAS = ("batch", "record_crud*")

# PocketBase's own counters stand in front of everything, even of the record hooks at the model hooks.
FIRST = -99999

# Everything else that a scenario may list belongs to other parts than the write path.
KNOWN = frozenset(f"On{name}" for name in names())


def _scenarios() -> list[Any]:
    if not CONFORMANCE.exists():
        return []
    paths = sorted(path for area in AREAS for path in (CONFORMANCE / "scenarios").glob(f"{area}.json"))
    return [scenario for path in paths for scenario in json.loads(path.read_text())]


def _wire() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conformance_wire", CONFORMANCE / "wire.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("scenario", [pytest.param(one, id=one["id"]) for one in _scenarios()])
def test_hooks_fire_as_often_as_in_the_reference(scenario, adopted_db, monkeypatch):
    if scenario.get("variant"):
        _apply_variant(scenario["variant"])
    # The test's own transaction never commits; its end is not the one that matters here.
    monkeypatch.setattr(transaction, "on_commit", lambda work, **kwargs: work())
    wire = _wire()
    for step in scenario.get("setup", []):
        answer = _send(adopted_db, wire, scenario if step.get("same_request") else step)
        assert answer.status_code < 400 or step.get("any_status"), answer.content
    counts: Counter[str] = Counter()

    def note(name: str, mark: str, event: Any) -> None:
        if mark == "<":
            counts[f"On{name}"] += 1

    with noting(note, priority=FIRST):
        answer = _send(adopted_db, wire, scenario)
    assert answer.status_code == scenario["expect"]["status"], answer.content
    expected = {name: count for name, count in scenario["events"].items() if name in KNOWN and count}
    assert dict(counts) == expected


def test_the_scenarios_are_there_or_the_reason_is_said():
    if not CONFORMANCE.exists():
        pytest.skip("needs ../shared/conformance")
    assert len(_scenarios()) > 100


def _send(client: Any, wire: ModuleType, step: dict[str, Any]) -> Any:
    body, content_type = wire.encode(step)
    headers = {"content-type": "application/json"}
    if step.get("as_superuser"):
        headers["authorization"] = wire.SUPERUSER_TOKEN
    headers |= {name.lower(): value.strip() for name, value in step.get("headers", {}).items()}
    kind = content_type or headers.pop("content-type")
    headers.pop("content-type", None)
    return client.generic(step["method"], step["url"], body, content_type=kind, headers=headers)


def _apply_variant(name: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the variants are SQL for SQLite")
    for path in (CONFORMANCE / "variants").glob(f"{name}.data.sql"):
        with connection.cursor() as cursor:
            for statement in path.read_text().split(";"):
                if statement.strip():
                    cursor.execute(statement.replace("%", "%%"), [])
