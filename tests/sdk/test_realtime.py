"""The official JavaScript SDK hears what it hears from PocketBase 0.39.11, whichever processes serve it.

`expected_realtime.json` holds what the script got from that.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.conversation import Favour, converse
from tests.sdk.script import expected, installed
from tests.served import ROOT, STOP_SECONDS, Server, adopted, manage, reserved_port, start
from tests.short_streams.apps import shorten_next_stream

EXPECTED = expected("expected_realtime.json")
SETTINGS = "tests.short_streams.settings"
SEND = "import json; from realtime_app import realtime; [realtime.send(*one) for one in json.loads({!r})]"


@dataclass
class Served:
    """One data directory: the server that streams, and the one that gets all other requests."""

    data_dir: Path
    workers: str
    streams: Server
    requests: Server

    @property
    def favours(self) -> dict[str, Favour]:
        return {
            "restart": self.restart,
            "crash": self.streams.kill_workers,
            "send": self.send,
            "shortStream": lambda: shorten_next_stream(self.data_dir),
        }

    @property
    def servers(self) -> list[Server]:
        return [self.streams] if self.streams is self.requests else [self.streams, self.requests]

    def restart(self) -> None:
        for server in self.servers:
            end(server)
            server.process = _start(self.data_dir, server.port, self.workers).process

    def send(self, messages: list[tuple[str, Any]]) -> None:
        """From a process that serves nothing."""
        code = SEND.format(json.dumps(messages))
        command = manage(self.data_dir, "shell", "--no-imports", "-c", code)
        subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own command


def _start(data_dir: Path, port: int, workers: str) -> Server:
    return start(data_dir, port=port, WORKERS=workers, DJANGO_SETTINGS_MODULE=SETTINGS)


def end(server: Server) -> None:
    """Stop it, which nothing may hold up, and see that nothing went wrong in it."""
    assert server.stop() < STOP_SECONDS
    assert "Traceback" not in (said := server.output.read_text()), said


@contextmanager
def serving(folder: Path, *, has_other: bool = False, workers: str = "1") -> Iterator[Served]:
    """A server of the fixture; with `has_other` a second one gets the requests."""
    data_dir = adopted(folder)
    with ExitStack() as stack:
        ports = [stack.enter_context(reserved_port()) for _ in range(2 if has_other else 1)]
        servers = []
        for port in ports:
            servers.append(_start(data_dir, port, workers))
            stack.callback(end, servers[-1])
        yield Served(data_dir, workers, servers[0], servers[-1])


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to run the script in."""
    return installed(tmp_path_factory.mktemp("sdk"))


@pytest.fixture(
    scope="module",
    params=[
        pytest.param({}, id="one_process"),
        pytest.param({"has_other": True}, id="writer_in_another_process"),
        pytest.param({"workers": "2"}, id="two_workers"),
    ],
)
def results(
    request: pytest.FixtureRequest, sdk: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What the script got, from a server of its own."""
    with serving(tmp_path_factory.mktemp("realtime"), **request.param) as served:
        world = json.dumps({"requestsTo": served.requests.url})
        return converse(sdk, "realtime.mjs", [served.streams.url, world], served.favours)


@pytest.mark.parametrize("claim", [claim for claim in EXPECTED if claim not in {"errors", "options"}])
def test_the_sdk_hears(results: dict[str, Any], claim: str) -> None:
    assert results[claim] == EXPECTED[claim]


@pytest.mark.parametrize("option", EXPECTED["options"])
def test_the_sdk_hears_with_the_option(results: dict[str, Any], option: str) -> None:
    assert results["options"][option] == EXPECTED["options"][option]


@pytest.mark.parametrize("claim", EXPECTED["errors"])
def test_the_sdk_is_refused(results: dict[str, Any], claim: str) -> None:
    assert results["errors"][claim] == EXPECTED["errors"][claim]


def test_every_result_is_looked_at(results: dict[str, Any]) -> None:
    assert [results.keys(), *(results[name].keys() for name in ("errors", "options"))] == [
        EXPECTED.keys(),
        *(EXPECTED[name].keys() for name in ("errors", "options")),
    ]
