"""How often each hook fires: the shared conformance scenarios, replayed in-process.

The scenarios name PocketBase's hooks (`OnRecordCreate`); ours are called `record_create`, and so on for
all of them (`docs/reference/hooks.md`). `*` with 0 says that no hook fires but those listed.
"""

import importlib.util
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import connection, transaction

from auth_app.events import mailer_record_otp_send
from collections_app.records.storage import ALIAS
from platform_app.database.sqlite_driver import sqlite3
from realtime_app.service import service
from tests.environment import FIXTURE, SHARED
from tests.realtime_app.listening import Listener
from tests.reference.hook_logs import names, noting

CONFORMANCE = SHARED / "conformance"
AREAS = ("batch", "file", "realtime", "record_crud*", "record_auth*")

# PocketBase's own counters stand in front of everything, even of the record hooks at the model hooks.
FIRST = -99999

# Everything else that a scenario may list belongs to other parts than the write path.
KNOWN = frozenset(f"On{name}" for name in names())


# What the reference's own test stopped.
STOPPED = {"record_auth_otp_request/request-otp-existing-record-mail-intercepted": mailer_record_otp_send}


def _stop(event: Any, **kwargs: Any) -> Iterator[None]:
    return
    yield


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


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Any) -> None:
    """Files for one scenario: what it deletes does not come back with its transaction."""
    if not FIXTURE.exists():
        return
    folder = shutil.copytree(FIXTURE / "storage", tmp_path / "storage")
    kept = settings.STORAGES[ALIAS]
    options = {**kept["OPTIONS"], "location": folder}
    settings.STORAGES = {**settings.STORAGES, ALIAS: {**kept, "OPTIONS": options}}


@pytest.mark.parametrize("scenario", [pytest.param(one, id=one["id"]) for one in _scenarios()])
def test_hooks_fire_as_often_as_in_the_reference(scenario, adopted_db, monkeypatch, connect, request):
    if scenario.get("variant"):
        _apply_variant(scenario["variant"])
    # The test's own transaction never commits; its end is not the one that matters here.
    monkeypatch.setattr(transaction, "on_commit", lambda work, **kwargs: work())
    wire = _wire()
    if "oauth2_user" in scenario:
        scenario = _with_provider(scenario, wire)
    for step in scenario.get("setup", []):
        answer = _send(adopted_db, wire, scenario if step.get("same_request") else step)
        is_expected = answer.status_code == step.get("expect_status", answer.status_code)
        is_good = answer.status_code < 400 or step.get("any_status") or "expect_status" in step
        assert is_expected and is_good, answer.content
    listener = None
    if "realtime" in scenario:
        listener = _listening(scenario["realtime"], adopted_db, wire, request)
        scenario = json.loads(json.dumps(scenario).replace("{{clientId}}", listener.id))
    if scenario["id"] in STOPPED:
        connect(STOPPED[scenario["id"]], _stop)
    counts: Counter[str] = Counter()

    def note(name: str, mark: str, event: Any) -> None:
        # As in the reference's own tests the client has no stream to which messages would go.
        is_to_nobody = name == "RealtimeMessageSend" and event.client is listener
        if mark == "<" and not is_to_nobody:
            counts[f"On{name}"] += 1

    with noting(note, priority=FIRST):
        answer = _send(adopted_db, wire, scenario)
    assert answer.status_code == scenario["expect"]["status"], answer.content
    expected = {name: count for name, count in scenario["events"].items() if name in KNOWN and count}
    assert dict(counts) == expected


def _listening(plan: dict[str, Any], client: Any, wire: ModuleType, request: Any) -> Listener:
    """A realtime client, without a stream, that is subscribed as the scenario wants it."""
    listener = Listener(ip=plan.get("headers", {}).get("x-test-ip", "127.0.0.1"))
    service.hub.register(listener)
    request.addfinalizer(lambda: service.hub.unregister(listener))
    if "subscribe" in plan:
        body = json.dumps({"clientId": listener.id, "subscriptions": plan["subscribe"]})
        headers = plan.get("subscribe_headers", {})
        step = {"method": "POST", "url": "/api/realtime", "body": body, "headers": headers}
        assert _send(client, wire, step).status_code == 204
    return listener


def _with_provider(scenario: Any, wire: ModuleType) -> Any:
    """The scenario with the address of a provider that describes its user."""
    provider = wire.IdentityProvider()
    url = provider.serve(scenario["oauth2_user"])
    return json.loads(json.dumps(scenario).replace("{{idp}}", url))


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
            statement = ""
            for piece in path.read_text().split(";"):
                statement += f"{piece};"
                if sqlite3.complete_statement(statement):
                    cursor.execute(statement.replace("%", "%%"), [])
                    statement = ""
