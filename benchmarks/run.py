"""`python -m benchmarks.run`: Joey beside a bare ASGI application that does the same SQL, in turns.

Both run on the same data, on the same server (gunicorn, uvicorn, one worker), in the same minutes, and their
answers are compared before anything is measured. Quote the ratios, never a time from another run.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks import directories
from benchmarks.load import Job
from benchmarks.measures import Measure, Row, measure, median
from benchmarks.plan import Work
from benchmarks.processes import Server, start
from benchmarks.report import Circumstances, save, say
from benchmarks.seed import ROWS
from platform_app.database.sqlite_driver import sqlite3

LANES = ("joey", "pool", "inline")
READING, WRITING = (1, 50), (1, 50, 500)  # concurrency
_WARM_UP_REQUESTS = 300
_PATIENCE_SECONDS = 120


def main() -> None:
    options = _arguments()
    circumstances = Circumstances()
    with _servers() as (joey, bare, plan, data_dir):
        rows = []
        for work in plan:
            if options.only not in work.name:
                continue
            _compare_answers(joey, bare, work)
            for concurrency in WRITING if work.statements else READING:
                rows.append(_measure(joey, bare, work, concurrency, data_dir, options))
                say(_row_text(rows[-1]))
        for server in (joey, bare):
            server.stop()
        startups = [_startup(data_dir) for _ in range(5)]
    seconds, cpu_seconds = (statistics.median(column) for column in zip(*startups, strict=True))
    say(f"\nstart to first answer: {seconds:.2f} s, {cpu_seconds:.2f} s of CPU (medians of {len(startups)})")
    if options.save:
        figures = {
            "rows": [asdict(row) for row in rows],
            "startups": [{"seconds": seconds, "cpu_seconds": cpu} for seconds, cpu in startups],
        }
        save(options.save, circumstances, figures)
    say(circumstances.load_text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--reps", type=int, default=3, help="repetitions, of which the median counts")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one repetition, about")
    parser.add_argument("--only", metavar="PART", default="", help="only scenarios with this in their name")
    parser.add_argument("--save", metavar="NAME", help="write the figures to benchmarks/results/NAME.json")
    return parser.parse_args()


@contextmanager
def _servers() -> Iterator[tuple[Server, Server, list[Work], Path]]:
    """Joey and the bare application, serving the same new data directory; and the plan of work."""
    with tempfile.TemporaryDirectory(prefix="joey-bench-") as folder:
        data_dir = Path(folder, "pb_data")
        plan = directories.make(data_dir)
        variables = {
            "DATA_DIR": str(data_dir),
            "BENCH_PLAN": str(directories.plan_of(data_dir)),
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "config.settings",  # the bare application has Joey's connections
        }
        say(_header())
        joey = start([sys.executable, "manage.py", "serve"], variables)
        try:
            bare = start([sys.executable, "-m", "benchmarks.bare_app"], variables)
            try:
                yield joey, bare, plan, data_dir
            finally:
                bare.stop()
        finally:
            joey.stop()


def _compare_answers(joey: Server, bare: Server, work: Work) -> None:
    """Stop unless the bare application really does the same work."""
    target = work.targets[0]
    body = work.bodies[0] if work.bodies else ""
    ours = _comparable(work, joey.send(work.method, target, headers=work.headers, body=body))
    for lane in LANES[1:]:
        theirs = bare.send(work.method, _bare_target(work, lane, target), body=body)
        if ours != _comparable(work, theirs):
            raise SystemExit(f"{work.name}: the {lane} lane of the bare application answers something else")


def _comparable(work: Work, answer: bytes) -> dict[str, object]:
    """The answer without what every write makes anew, except for its length."""
    record: dict[str, object] = json.loads(answer)
    made = {"POST": ("id", "created", "updated"), "PATCH": ("updated",)}.get(work.method, ())
    return {**record, **{name: len(str(record[name])) for name in made}}


def _bare_target(work: Work, lane: str, target: str) -> str:
    last = "" if work.per_page or work.method == "POST" else target.rsplit("/", 1)[-1]
    return f"/{lane}/{work.name}/{last}"


def _measure(
    joey: Server,
    bare: Server,
    work: Work,
    concurrency: int,
    data_dir: Path,
    options: argparse.Namespace,
) -> Row:
    """Every lane in turns, so that a noisy moment meets all of them."""
    servers = {lane: joey if lane == "joey" else bare for lane in LANES}
    jobs: dict[str, Job] = {}
    for lane, server in servers.items():
        warm_up = _job(server, work, lane, concurrency)
        jobs[lane] = replace(
            warm_up, requests=max(100, concurrency, int(measure(server, warm_up).rate * options.seconds))
        )
    taken: dict[str, list[Measure]] = {lane: [] for lane in LANES}
    for _ in range(options.reps):
        for lane, job in jobs.items():
            if work.method == "POST":
                _remove_new_rows(data_dir, work.collection[1])
            taken[lane].append(measure(servers[lane], job))
    return Row(work.name, concurrency, {lane: median(measures) for lane, measures in taken.items()})


def _remove_new_rows(data_dir: Path, table: str) -> None:
    """Every job starts with the same table, whatever the one before it added."""
    database = sqlite3.connect(data_dir / "data.db", isolation_level=None, timeout=_PATIENCE_SECONDS)
    database.execute(f"DELETE FROM {table} WHERE rowid > {ROWS}")  # noqa: S608 - our own table
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()


def _job(server: Server, work: Work, lane: str, concurrency: int) -> Job:
    is_ours = lane == "joey"
    targets = work.targets if is_ours else [_bare_target(work, lane, target) for target in work.targets]
    return Job(
        server.port,
        targets,
        max(_WARM_UP_REQUESTS, concurrency),
        concurrency,
        work.headers if is_ours else {},
        work.method,
        work.bodies,
    )


def _startup(data_dir: Path) -> tuple[float, float]:
    """Seconds from the start to the first healthy answer, and seconds of processor time until then."""
    server = start([sys.executable, "manage.py", "serve"], {"DATA_DIR": str(data_dir), "DATABASE_URL": ""})
    cpu_seconds = server.cpu_seconds()
    server.stop()
    return server.startup_seconds, cpu_seconds


# --- showing and keeping the figures ----------------------------------------------------------------


def _header() -> str:
    return (
        f"{'':>25} {'CPU ms per request':^34} {'requests per second':^34}\n"
        f"{'scenario':<20} {'conc':>4} "
        f"{'joey':>7} {'pool':>7} {'×':>5} {'inline':>7} {'×':>5}  "
        f"{'joey':>7} {'pool':>7} {'×':>5} {'inline':>7} {'×':>5}"
    )


def _row_text(row: Row) -> str:
    """× is how many times as much as the bare application Joey needs (CPU), or serves (rate)."""
    joey, pool, inline = (row.lanes[lane] for lane in LANES)
    cpu = (
        f"{joey.cpu_ms:7.3f} {pool.cpu_ms:7.3f} {joey.cpu_ms / pool.cpu_ms:5.2f} "
        f"{inline.cpu_ms:7.3f} {joey.cpu_ms / inline.cpu_ms:5.2f}"
    )
    rate = (
        f"{joey.rate:7.0f} {pool.rate:7.0f} {joey.rate / pool.rate:5.2f} "
        f"{inline.rate:7.0f} {joey.rate / inline.rate:5.2f}"
    )
    return f"{row.name:<20} {row.concurrency:>4} {cpu}  {rate}"


if __name__ == "__main__":
    main()
