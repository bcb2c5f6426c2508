"""`python -m benchmarks.log`: what the log of requests costs, and rate limits, on the view of a record.

Three servers on copies of the same data, in turns: one that does neither, one that logs, and one whose limits
count every request and refuse none. What the writer of the log does after a job counts for that job. Quote
the ratios, never a time from another run.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import directories
from benchmarks.load import Job
from benchmarks.measures import perform_apart
from benchmarks.processes import Server, start
from benchmarks.report import Circumstances, save, say
from platform_app.database.sqlite_driver import sqlite3
from platform_app.runtime_settings.shape import DEFAULTS

CONCURRENCY = (1, 50)
# Longer than entries wait.
_SETTLING_SECONDS = 4.0
_NO_LOG = {"logs": {**DEFAULTS["logs"], "maxDays": 0}}
_LIMITS = {
    **DEFAULTS["rateLimits"],
    "enabled": True,
    "rules": [{**rule, "maxRequests": 1_000_000_000} for rule in DEFAULTS["rateLimits"]["rules"]],
}
# What is measured, and the settings that switch it on; the first one is what the others are compared with.
SETTINGS: dict[str, dict[str, Any]] = {
    "neither": _NO_LOG,
    "log": {},
    "limits": {**_NO_LOG, "rateLimits": _LIMITS},
}


@dataclass(frozen=True)
class Figures:
    """Milliseconds of processor time for a request to each server, and how many times as much as to the first
    one, by pairs of neighbouring jobs; medians."""

    concurrency: int
    cpu_ms: dict[str, float]
    ratios: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.log", description=__doc__)
    parser.add_argument("--reps", type=int, default=5, help="repetitions, of which the median counts")
    parser.add_argument("--requests", type=int, default=10_000, help="requests of one repetition")
    parser.add_argument("--save", metavar="NAME", help="write the figures to benchmarks/results/NAME.json")
    options = parser.parse_args()
    circumstances = Circumstances()
    say(f"{'views':<12} {'neither':>9} {'log':>9} {'×':>6} {'limits':>9} {'×':>6}   CPU ms per request")
    rows = []
    with _servers() as (servers, targets):
        for concurrency in CONCURRENCY:
            rows.append(_compared(servers, targets, concurrency, options))
            say(_row_text(rows[-1]))
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
    first, *others = servers
    ratios = {
        name: statistics.median(more / less for less, more in zip(taken[first], taken[name], strict=True))
        for name in others
    }
    return Figures(concurrency, {name: statistics.median(taken[name]) for name in servers}, ratios)


def _row_text(row: Figures) -> str:
    cpu, ratios = row.cpu_ms, row.ratios
    return (
        f"conc {row.concurrency:<7} {cpu['neither']:9.4f} {cpu['log']:9.4f} {ratios['log']:6.3f} "
        f"{cpu['limits']:9.4f} {ratios['limits']:6.3f}"
    )


@contextmanager
def _servers() -> Iterator[tuple[dict[str, Server], list[str]]]:
    """The servers, and the paths of the records that are viewed."""
    with tempfile.TemporaryDirectory(prefix="joey-bench-") as folder:
        seeded = Path(folder, "seeded")
        targets = next(work.targets for work in directories.make(seeded) if work.name == "view")
        servers: dict[str, Server] = {}
        try:
            for name, changed in SETTINGS.items():
                data_dir = Path(folder, name)
                shutil.copytree(seeded, data_dir)
                _set(data_dir, {**DEFAULTS, **changed})
                variables = {"DATA_DIR": str(data_dir), "DATABASE_URL": ""}
                servers[name] = start([sys.executable, "manage.py", "serve"], variables)
            yield servers, targets
        finally:
            for server in servers.values():
                server.stop()


def _set(data_dir: Path, settings: dict[str, Any]) -> None:
    database = sqlite3.connect(data_dir / "data.db", isolation_level=None)
    database.execute("UPDATE _params SET value = ? WHERE id = 'settings'", (json.dumps(settings),))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()


if __name__ == "__main__":
    main()
