"""Rate limits over several processes: each limit is one, whoever is asked (docs/decisions/0016)."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system_app.limits.rate_table import RateTable
from tests.environment import POSTGRESQL, another_postgresql
from tests.process.streams import ask, sign_in
from tests.process.test_jobs import until
from tests.realtime_app.bus.driving import REDIS, Redis
from tests.served import ROOT, Server, answer_of, manage, start
from tests.system_app.limits.windows import take

PASSWORD = "1234567890"
MOST, CLIENTS, EACH = 40, 8, 15
RULES = [{"label": "/api/health", "audience": "@guest", "duration": 86400, "maxRequests": MOST}]
SETTINGS = "/api/settings"

# `python -c HAMMER path key times`: takes from one window, and says how often it was let in.
HAMMER = (
    "import sys; from pathlib import Path; from system_app.limits.rate_table import RateTable, Window\n"
    "table = RateTable(Path(sys.argv[1])); print('ready', flush=True); sys.stdin.readline()\n"
    "window = Window(int(sys.argv[2]), 5000, 60, table.epoch)\n"
    "print(sum(table.take(window, 100) for _ in range(int(sys.argv[3]))))\n"
)


def hammer(path: Path, key: int, times: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", HAMMER, str(path), str(key), str(times)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def begin(*processes: "subprocess.Popen[str]") -> None:
    """Let all go on at once, when all are ready."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def test_processes_at_once_are_let_in_as_often_as_one(tmp_path: Path) -> None:
    processes = [hammer(tmp_path / "table", 7, 3000) for _ in range(4)]
    begin(*processes)
    assert sum(int(process.communicate()[0]) for process in processes) == 5000


def test_processes_killed_meanwhile_take_nothing_with_them(tmp_path: Path) -> None:
    path = tmp_path / "table"
    victims = [hammer(path, 7, 10**9) for _ in range(2)]
    begin(*victims)
    table = RateTable(path)
    until(lambda: not take(table, 7, 5000, 60, now=100), "the window is used up")
    for victim in victims:
        victim.kill()
        victim.communicate()
    survivors = [hammer(path, key, 3000) for key in (7, 8, 8)]
    begin(*survivors)
    taken = [int(process.communicate()[0]) for process in survivors]
    assert (taken[0], taken[1] + taken[2]) == (0, 5000)
    assert table._lock._resigned_until == 0.0
    table.close()


class Limited:
    """Servers of one installation with a limit on the health of guests."""

    def __init__(self, data_dir: Path, servers: list[Server], redis: Redis | None) -> None:
        self.data_dir = data_dir
        self.servers = servers
        self.redis = redis
        self.root = sign_in(servers[0], "_superusers", "root@example.com", PASSWORD)
        self.save(RULES)
        until(self.is_refused, "all processes know of the limit")

    def is_refused(self) -> bool:
        """Whether so many requests are refused that no process is left who lets them in."""
        return all(
            server.request("GET", "/api/health").status == 429 for server in self.servers for _ in range(30)
        )

    def save(self, rules: list[dict[str, Any]]) -> None:
        body = {"rateLimits": {"enabled": True, "rules": rules}}
        ask(self.servers[0], "PATCH", SETTINGS, body, token=self.root)

    def answers(self) -> Counter[int]:
        """Of many requests at once, to all servers."""
        statuses: list[int] = []

        def ask_all(server: Server) -> None:
            for _ in range(EACH):  # each on a connection of its own, which any process may accept
                statuses.append(server.request("GET", "/api/health").status)

        threads = [
            threading.Thread(target=ask_all, args=(self.servers[number % len(self.servers)],))
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return Counter(statuses)


@pytest.fixture(scope="module", params=["machine", "postgresql", "redis"])
def limited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Limited]:
    """Two processes on one directory, on SQLite or PostgreSQL, or two machines with one Redis."""
    folder = tmp_path_factory.mktemp("limited")
    if request.param == "machine":
        yield from _serving(folder, 1, {})
        return
    if not POSTGRESQL:
        pytest.skip("needs TEST_DATABASE_URL")
    with another_postgresql() as url:
        if request.param == "postgresql":
            yield from _serving(folder, 1, {"DATABASE_URL": url})
            return
        if REDIS is None:
            pytest.skip("needs redis-server")
        redis = Redis(folder)
        try:
            yield from _serving(
                folder, 2, {"DATABASE_URL": url, "BUS_URL": redis.url, "SECRET_KEY": "one of all"}, redis
            )
        finally:
            redis.stop()


def _serving(
    folder: Path, machines: int, variables: dict[str, Any], redis: Redis | None = None
) -> Iterator[Limited]:
    servers: list[Server] = []
    try:
        for number in range(machines):
            data_dir = folder / str(number) / "pb_data"
            data_dir.parent.mkdir()
            if not number:
                command = manage(data_dir, "superuser", "upsert", "root@example.com", PASSWORD, **variables)
                subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
            servers.append(start(data_dir, WORKERS=str(2 // machines), **variables))
        yield Limited(folder / "0" / "pb_data", servers, redis)
    finally:
        for server in servers:
            server.stop()
    for server in servers:
        assert "Traceback" not in server.output.read_text()


def test_a_limit_holds_for_all_processes_together(limited: Limited) -> None:
    limited.save(RULES)
    assert limited.answers() == {200: MOST, 429: CLIENTS * EACH - MOST}


def test_saving_begins_anew_everywhere(limited: Limited) -> None:
    limited.save(RULES)
    assert limited.answers()[200] == MOST
    limited.save(RULES)  # the same ones: nothing has to be heard of first
    assert limited.answers()[200] == MOST


def test_settings_saved_meanwhile_stop_nobody(limited: Limited) -> None:
    limited.save(RULES)
    seen: list[Counter[int]] = []
    asking = threading.Thread(target=lambda: seen.append(limited.answers()))
    asking.start()
    for _ in range(5):
        limited.save(RULES)
    asking.join()
    assert set(seen[0]) <= {200, 429}
    assert MOST <= seen[0][200] <= 6 * MOST


def test_new_processes_go_on_where_killed_ones_were(limited: Limited) -> None:
    if limited.redis is not None:
        pytest.skip("each machine has one process")
    limited.save(RULES)
    assert limited.answers()[200] == MOST
    limited.servers[0].kill_workers()
    assert limited.servers[0].request("GET", "/api/health").status == 429


def test_the_job_that_cleans_up_is_there_once_something_was_counted(limited: Limited) -> None:
    def listed() -> list[Any]:
        return list(ask(limited.servers[0], "GET", "/api/crons", token=limited.root))

    job = {"id": "__pbRateLimitersCleanup__", "expression": "2 * * * *"}
    limited.save(RULES)
    assert job not in listed()
    limited.servers[0].request("GET", "/api/health")
    assert listed()[-1] == job
    connection = limited.servers[0].connect()
    connection.request("POST", f"/api/crons/{job['id']}", headers={"Authorization": limited.root})
    assert answer_of(connection).status == 204
    connection.close()


def test_without_redis_each_machine_counts_for_itself(limited: Limited) -> None:
    redis = limited.redis
    if redis is None:
        pytest.skip("no Redis")
    limited.save(RULES)
    assert limited.answers()[200] == MOST

    def times_alone() -> list[int]:
        texts = [server.output.read_text() for server in limited.servers]
        return [text.count("counted on this machine alone") for text in texts]

    before = times_alone()  # on a busy machine Redis may have been late before
    redis.stop()
    try:
        assert limited.answers() == {200: 2 * MOST, 429: CLIENTS * EACH - 2 * MOST}
        assert times_alone() == [count + 1 for count in before]
    finally:
        redis.start()

    def is_back() -> bool:
        statuses = [server.request("GET", "/api/health").status for server in limited.servers]
        assert set(statuses) <= {200, 429}
        lines = [server.output.read_text() for server in limited.servers]
        return all(text.count("counted in Redis again") for text in lines)

    until(is_back, "Redis is asked again")
