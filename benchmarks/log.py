"""`python -m benchmarks.log`: what it costs to log requests, on the view of a record.

Two servers on copies of the same data, one that keeps no log and one that does, in turns. What the writer
does after a job counts for that job. Quote the ratio, never a time from another run.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.load import Job
from benchmarks.measures import perform_apart
from benchmarks.processes import ROOT, Server, start
from benchmarks.report import Circumstances, save, say
from platform_app.database.sqlite_driver import sqlite3
from platform_app.runtime_settings.shape import DEFAULTS

DAYS = {"off": 0, "on": 5}
CONCURRENCY = (1, 50)
# Longer than entries wait.
_SETTLING_SECONDS = 4.0


@dataclass(frozen=True)
class Figures:
    """Milliseconds of processor time for a request, without the log and with it; medians."""

    concurrency: int
    off_ms: float
    on_ms: float
    ratio: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.log", description=__doc__)
    parser.add_argument("--reps", type=int, default=5, help="repetitions, of which the median counts")
    parser.add_argument("--requests", type=int, default=10_000, help="requests of one repetition")
    parser.add_argument("--save", metavar="NAME", help="write the figures to benchmarks/results/NAME.json")
    options = parser.parse_args()
    circumstances = Circumstances()
    say(f"{'views':<12} {'off':>9} {'on':>9} {'×':>6}   CPU ms per request")
    rows = []
    with _servers() as (servers, targets):
        for concurrency in CONCURRENCY:
            rows.append(_compared(servers, targets, concurrency, options))
            row = rows[-1]
            say(f"conc {concurrency:<7} {row.off_ms:9.4f} {row.on_ms:9.4f} {row.ratio:6.3f}")
    if options.save:
        save(options.save, circumstances, {"rows": [asdict(row) for row in rows]})
    say(circumstances.load_text())


def _compared(
    servers: dict[str, Server], targets: list[str], concurrency: int, options: argparse.Namespace
) -> Figures:
    for server in servers.values():
        perform_apart(Job(server.port, targets, max(1000, concurrency), concurrency))
    taken: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(options.reps):
        for name, server in servers.items():
            job = Job(server.port, targets, options.requests, concurrency)
            before = server.cpu_seconds()
            perform_apart(job)
            time.sleep(_SETTLING_SECONDS)
            taken[name].append((server.cpu_seconds() - before) / options.requests * 1000)
    ratios = [on / off for off, on in zip(taken["off"], taken["on"], strict=True)]
    off, on = (statistics.median(taken[name]) for name in ("off", "on"))
    return Figures(concurrency, off, on, statistics.median(ratios))


@contextmanager
def _servers() -> Iterator[tuple[dict[str, Server], list[str]]]:
    """Both servers, and the paths of the records that are viewed."""
    with tempfile.TemporaryDirectory(prefix="joey-bench-") as folder:
        plan_path = Path(folder, "plan.json")
        _seed(Path(folder, "off"), plan_path)
        works = json.loads(plan_path.read_text(encoding="utf-8"))
        targets = next(work["targets"] for work in works if work["name"] == "view")
        shutil.copytree(Path(folder, "off"), Path(folder, "on"))
        servers: dict[str, Server] = {}
        try:
            for name, days in DAYS.items():
                _keep_logs(Path(folder, name), days)
                variables = {"DATA_DIR": str(Path(folder, name)), "DATABASE_URL": ""}
                servers[name] = start([sys.executable, "manage.py", "serve"], variables)
            yield servers, targets
        finally:
            for server in servers.values():
                server.stop()


def _seed(data_dir: Path, plan_path: Path) -> None:
    settings = [f"DATA_DIR={data_dir}", "DATABASE_URL=", "DJANGO_SETTINGS_MODULE=config.settings"]
    seed = ["/usr/bin/env", *settings, sys.executable, "-m", "benchmarks.seed", str(plan_path)]
    subprocess.run(seed, cwd=ROOT, check=True)  # noqa: S603 - our own module


def _keep_logs(data_dir: Path, days: int) -> None:
    database = sqlite3.connect(data_dir / "data.db", isolation_level=None)
    value = json.dumps({**DEFAULTS, "logs": {**DEFAULTS["logs"], "maxDays": days}})
    database.execute("UPDATE _params SET value = ? WHERE id = 'settings'", (value,))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()


if __name__ == "__main__":
    main()
