"""What a request may take, and what becomes of one that wants more: deadlines, memory, caps (issue 10)."""

import socket
import time
from pathlib import Path

import pytest

from tests.attacks import catalogue
from tests.attacks.catalogue import listing
from tests.attacks.conftest import QUERY_TIMEOUT_SECONDS, Arena
from tests.attacks.process_figures import busy_seconds, resident_bytes
from tests.attacks.serving import attacked
from tests.attacks.siege import DEADLINE_SECONDS, Hit, besiege
from tests.environment import POSTGRESQL, another_postgresql

MEMORY_BYTES = 32 * 1024 * 1024  # 60 MB where nothing is bounded
EXPAND_MEMORY_BYTES = 256 * 1024 * 1024


def test_the_work_of_a_client_that_left_ends_before_its_deadline(tmp_path: Path) -> None:
    with attacked(tmp_path, QUERY_TIMEOUT="600") as server:
        arena = Arena(server)
        pid = server.process.pid
        before = busy_seconds(pid)
        target = catalogue.filter_through_six_relations(0).target
        request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(4)]
        for client in clients:
            client.sendall(request)
        wait_for(lambda: busy_seconds(pid) - before > 1)  # the queries have begun
        for client in clients:
            client.close()
        wait_for(lambda: is_idle(pid))
        assert arena.ask(Hit("GET", listing("posts"))).status == 200


def wait_for(condition) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come"


def is_idle(pid: int) -> bool:
    """Whether less than a third of a thread was busy in the last moment."""
    begun, busy = time.monotonic(), busy_seconds(pid)
    time.sleep(0.5)  # enough to tell
    return (busy_seconds(pid) - busy) / (time.monotonic() - begun) < 0.33


@pytest.mark.skipif(not POSTGRESQL, reason="needs TEST_DATABASE_URL")
def test_postgresql_ends_a_query_at_its_deadline(tmp_path: Path) -> None:
    with (
        another_postgresql() as url,
        attacked(tmp_path, QUERY_TIMEOUT=QUERY_TIMEOUT_SECONDS, DATABASE_URL=url) as server,
    ):
        arena = Arena(server)
        siege = besiege(arena.url, catalogue.filter_that_all_satisfy)
        assert (siege.unanswered(), siege.others_had_enough, siege.statuses) == ({}, True, {400})


def test_filters_that_differ_do_not_pile_up_in_memory(arena: Arena) -> None:
    def search(number: int) -> int:
        return arena.ask(catalogue.different_filter(number)).status

    assert {search(number) for number in range(30)} == {200}
    before = resident_bytes(arena.server.process.pid)
    assert {search(number) for number in range(30, 630)} == {200}
    assert resident_bytes(arena.server.process.pid) - before < MEMORY_BYTES


def test_an_expand_of_all_at_all_does_not_fill_the_memory(arena: Arena) -> None:
    before = resident_bytes(arena.server.process.pid)
    for number in range(3):
        assert arena.ask(catalogue.expand_of_all_at_all(number)).status in (200, 400)
    assert resident_bytes(arena.server.process.pid) - before < EXPAND_MEMORY_BYTES


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        pytest.param(
            {"filter": f"title != '{'x' * 3489}'"}, {"filter": f"title != '{'x' * 3490}'"}, id="filter_bytes"
        ),
        pytest.param(
            {"filter": "||".join(["n=1"] * 200).replace("n", "id")},
            {"filter": "||".join(["n=1"] * 201).replace("n", "id")},
            id="comparisons",
        ),
        pytest.param({"sort": ",".join(["id"] * 8)}, {"sort": ",".join(["id"] * 9)}, id="sort_keys"),
        pytest.param({"sort": "id"}, {"sort": "i" * 256}, id="sort_key_bytes"),
        pytest.param(
            {"filter": f"{'self.' * 6}title = 'x'"}, {"filter": f"{'self.' * 7}title = 'x'"}, id="hops"
        ),
    ],
)
def test_what_is_over_a_cap_of_the_contract_is_refused(
    arena: Arena, accepted: dict[str, str], refused: dict[str, str]
) -> None:
    assert arena.ask(Hit("GET", listing("ruled", **accepted))).status == 200
    assert arena.ask(Hit("GET", listing("ruled", **refused))).status == 400


ODD_JSON = ("1e400", "[" * 260 + "]" * 260, '["\\ud800"]', "[1e400]", '{"x":1e400}', "9" * 5000)


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"filter": "data.x = 1"}, id="filter"),
        pytest.param({"filter": "data = 'a' || data.0 != 2"}, id="filter_of_the_whole"),
        pytest.param({"sort": "data,-data.x"}, id="sort"),
        pytest.param({"fields": "id,data"}, id="fields"),
        pytest.param({"fields": "data.x,data.0"}, id="fields_inside"),
    ],
)
def test_no_json_value_of_one_client_spoils_a_list_for_others(
    arena: Arena, parameters: dict[str, str]
) -> None:
    if arena.ask(Hit("GET", listing("odd"))).status == 404:
        arena.world.open_collection("odd", [{"type": "json", "name": "data"}])
        for value in ODD_JSON:
            assert arena.ask(Hit("POST", listing("odd"), {"data": value})).status in (200, 400)
    assert arena.ask(Hit("GET", listing("odd", **parameters))).status == 200


def test_a_token_that_no_text_can_be_is_no_token(arena: Arena) -> None:
    """Its id holds half a surrogate pair, which no database takes."""
    token = catalogue.unsigned_token({"id": "\ud83d", "type": "auth", "collectionId": "pbc_3142635823"})
    assert arena.ask(Hit("GET", listing("posts"), headers={"Authorization": token})).status == 200


def test_a_flood_of_superuser_sign_ins_does_not_stop_others(arena: Arena) -> None:
    siege = besiege(arena.url, catalogue.sign_in_as("_superusers"), clients=16)
    assert (siege.unanswered(), siege.others_had_enough, siege.statuses) == ({}, True, {400})
