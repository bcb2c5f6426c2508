"""`python -m benchmarks.hooks`: what receivers of one collection cost the requests of another.

Three servers on the same data, in turns: without receivers, with one at each hook of another collection, and
with one at each hook of the one that is asked, which goes to a thread for it. Quote the ratios, never a time
from another run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.load import Job
from benchmarks.measures import Measure, Row, measure, median
from benchmarks.processes import ROOT, Server, start
from benchmarks.report import Circumstances, save, say

SETTINGS = {
    "none": "config.settings",
    "elsewhere": "benchmarks.listening.elsewhere",
    "here": "benchmarks.listening.here",
}
SCENARIOS = ("view", "list")
CONCURRENCY = (1, 50)
_WARM_UP_REQUESTS = 300


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hooks", description=__doc__)
    parser.add_argument("--reps", type=int, default=5, help="repetitions, of which the median counts")
    parser.add_argument("--requests", type=int, default=5000, help="requests of one repetition")
    parser.add_argument("--save", metavar="NAME", help="write the figures to benchmarks/results/NAME.json")
    options = parser.parse_args()
    circumstances = Circumstances()
    rows = []
    with _servers() as (servers, targets):
        columns = f"{'none':>8} {'elsewhere':>10} {'×':>6} {'here':>8} {'×':>6}"
        say(f"{'CPU ms per request':<20} {'conc':>4} {columns}")
        for scenario in SCENARIOS:
            for concurrency in CONCURRENCY:
                rows.append(_compared(servers, scenario, targets[scenario], concurrency, options))
                say(_text_of(rows[-1]))
    if options.save:
        save(options.save, circumstances, {"rows": [asdict(row) for row in rows]})
    say(circumstances.load_text())


def _compared(
    servers: dict[str, Server],
    scenario: str,
    targets: list[str],
    concurrency: int,
    options: argparse.Namespace,
) -> Row:
    """Every server in turns, so that a noisy moment meets all of them."""
    for server in servers.values():
        measure(server, Job(server.port, targets, max(_WARM_UP_REQUESTS, concurrency), concurrency))
    taken: dict[str, list[Measure]] = {name: [] for name in servers}
    for _ in range(options.reps):
        for name, server in servers.items():
            taken[name].append(measure(server, Job(server.port, targets, options.requests, concurrency)))
    return Row(scenario, concurrency, {name: median(measures) for name, measures in taken.items()})


def _text_of(row: Row) -> str:
    none, elsewhere, here = (row.lanes[name].cpu_ms for name in SETTINGS)
    return (
        f"{row.name:<20} {row.concurrency:>4} {none:8.3f} {elsewhere:10.3f} {elsewhere / none:6.3f} "
        f"{here:8.3f} {here / none:6.3f}"
    )


@contextmanager
def _servers() -> Iterator[tuple[dict[str, Server], dict[str, list[str]]]]:
    """The servers, which read the same data directory, and the paths that are asked for, by scenario."""
    with tempfile.TemporaryDirectory(prefix="joey-bench-") as folder:
        data_dir, plan_path = Path(folder, "pb_data"), Path(folder, "plan.json")
        variables = {"DATA_DIR": str(data_dir), "DATABASE_URL": ""}
        settings = [f"{name}={value}" for name, value in variables.items()]
        seed = [sys.executable, "-m", "benchmarks.seed", str(plan_path)]
        command = ["/usr/bin/env", *settings, "DJANGO_SETTINGS_MODULE=config.settings", *seed]
        subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own module
        works = json.loads(plan_path.read_text(encoding="utf-8"))
        servers: dict[str, Server] = {}
        try:
            for name, module in SETTINGS.items():
                servers[name] = start(
                    [sys.executable, "manage.py", "serve"], {**variables, "DJANGO_SETTINGS_MODULE": module}
                )
            yield servers, {work["name"]: work["targets"] for work in works}
        finally:
            for server in servers.values():
                server.stop()


if __name__ == "__main__":
    main()
