"""`python -m benchmarks.schema`: what a schema change through the API takes, on small and on large tables.

To add or to rename a column must take as long on a table of 100,000 rows as on one of 10,000. To drop one
rewrites the rows, and to index one sorts them; those grow, here as in any program on SQLite.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, Server, start
from benchmarks.report import Circumstances, save, say
from benchmarks.schema_seed import table_name

CHANGES = ("add column", "rename column", "add index", "drop column")
SIZES, MILLION = (10_000, 100_000), 1_000_000

Definition = dict[str, Any]
Times = dict[str, list[float]]


def main() -> None:
    options = _arguments()
    circumstances = Circumstances()
    sizes = (*SIZES, MILLION) if options.million else SIZES
    with _server(sizes) as (server, token):
        times = {size: _Table(server, token, table_name(size)).measure(options.reps) for size in sizes}
    medians = {change: {size: statistics.median(times[size][change]) for size in sizes} for change in CHANGES}
    _show(medians, sizes)
    if options.save:
        figures = {
            "milliseconds": {
                change: {str(size): times[size][change] for size in sizes} for change in CHANGES
            },
        }
        save(options.save, circumstances, figures)
    say(circumstances.load_text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.schema", description=__doc__)
    parser.add_argument("--million", action="store_true", help="a table of 1,000,000 rows, too")
    parser.add_argument("--reps", type=int, default=3, help="repetitions, of which the median counts")
    parser.add_argument("--save", metavar="NAME", help="write the figures to benchmarks/results/NAME.json")
    return parser.parse_args()


@contextmanager
def _server(sizes: tuple[int, ...]) -> Iterator[tuple[Server, str]]:
    """Joey on a new data directory with a table of each size, and a superuser's token."""
    with tempfile.TemporaryDirectory(prefix="joey-bench-") as folder:
        token_file = Path(folder, "token")
        variables = {"DATA_DIR": str(Path(folder, "pb_data")), "DATABASE_URL": "", "AUTOMIGRATE": "0"}
        settings = [f"{name}={value}" for name, value in variables.items()]
        seed = ["/usr/bin/env", *settings, "DJANGO_SETTINGS_MODULE=config.settings", sys.executable, "-m"]
        seed += ["benchmarks.schema_seed", str(token_file), *map(str, sizes)]
        subprocess.run(seed, cwd=ROOT, check=True)  # noqa: S603 - our own module
        server = start([sys.executable, "manage.py", "serve"], variables)
        try:
            yield server, token_file.read_text(encoding="utf-8")
        finally:
            server.stop()


class _Table:
    """One collection, and its changes as a dashboard makes them: read, edit, PATCH."""

    def __init__(self, server: Server, token: str, name: str) -> None:
        self.server = server
        self.target = f"/api/collections/{name}"
        self.headers = {"Authorization": token}
        self.name = name

    def measure(self, reps: int) -> Times:
        """Milliseconds of every change, `reps` times."""
        times: Times = {change: [] for change in CHANGES}
        for _ in range(reps):
            definition = self._read()
            added = {"name": "note", "type": "text"}
            definition["fields"].append(added)
            times["add column"].append(self._patch({"fields": definition["fields"]}))

            definition = self._read()
            definition["fields"][-1]["name"] = "remark"
            times["rename column"].append(self._patch({"fields": definition["fields"]}))

            index = f"CREATE INDEX `idx_{self.name}_views` ON `{self.name}` (`views`)"
            times["add index"].append(self._patch({"indexes": [index]}))
            self._patch({"indexes": []})

            fields = self._read()["fields"][:-1]
            times["drop column"].append(self._patch({"fields": fields}))
        return times

    def _read(self) -> Definition:
        definition: Definition = json.loads(self.server.get(self.target, self.headers))
        return definition

    def _patch(self, changes: Definition) -> float:
        body = json.dumps(changes)
        began = time.perf_counter()
        self.server.send("PATCH", self.target, headers=self.headers, body=body)
        return (time.perf_counter() - began) * 1000


def _show(medians: dict[str, dict[int, float]], sizes: tuple[int, ...]) -> None:
    small, large = SIZES
    columns = "".join(f"{size:>12,}" for size in sizes)
    say(f"{'PATCH, ms, by rows':<20}{columns}   {large // 1000}k / {small // 1000}k")
    for change, by_size in medians.items():
        values = "".join(f"{by_size[size]:12.1f}" for size in sizes)
        say(f"{change:<20}{values}   {by_size[large] / by_size[small]:11.2f}")


if __name__ == "__main__":
    main()
