"""`python -m benchmarks.run`: Joey beside a bare ASGI application that does the same SQL, in turns.

Both run on the same data, on the same server (gunicorn, uvicorn, one worker), in the same minutes, and their
answers are compared before anything is measured. Quote the ratios, never a time from another run.
"""

import argparse
import importlib.metadata
import json
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.load import Job, Sample
from benchmarks.processes import ROOT, Server, start
from benchmarks.seed import Work

LANES = ("joey", "pool", "inline")
_RESULTS = Path(__file__).resolve().parent / "results"
_PACKAGES = ("django", "djangorestframework", "gunicorn", "httptools", "orjson", "uvicorn", "uvloop")
_WARM_UP_REQUESTS = 300
_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Measure:
    """Medians over the repetitions: requests per second, milliseconds of processor time, of waiting."""

    rate: float
    cpu_ms: float
    median_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Row:
    """One scenario, measured in every lane."""

    name: str
    concurrency: int
    lanes: dict[str, Measure]


def main() -> None:
    options = _arguments()
    with _servers() as (joey, bare, plan, data_dir):
        rows = []
        for work in plan:
            _compare_answers(joey, bare, work)
            for concurrency in (1, 50):
                rows.append(_measure(joey, bare, work, concurrency, options))
                _say(_row_text(rows[-1]))
        for server in (joey, bare):
            server.stop()
        startups = [_startup(data_dir) for _ in range(5)]
    seconds, cpu_seconds = (statistics.median(column) for column in zip(*startups, strict=True))
    _say(f"\nstart to first answer: {seconds:.2f} s, {cpu_seconds:.2f} s of CPU (medians of {len(startups)})")
    if options.save:
        _save(options.save, rows, startups)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--reps", type=int, default=3, help="repetitions, of which the median counts")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one repetition, about")
    parser.add_argument("--save", metavar="NAME", help="write the figures to benchmarks/results/NAME.json")
    return parser.parse_args()


@contextmanager
def _servers() -> Iterator[tuple[Server, Server, list[Work], Path]]:
    """Joey and the bare application, serving the same new data directory; and the plan of work."""
    with tempfile.TemporaryDirectory(prefix="joey-bench-") as folder:
        data_dir, plan_path = Path(folder, "pb_data"), Path(folder, "plan.json")
        variables = {"DATA_DIR": str(data_dir), "BENCH_PLAN": str(plan_path), "DATABASE_URL": ""}
        settings = [f"{name}={value}" for name, value in variables.items()]
        seed = ["/usr/bin/env", *settings, "DJANGO_SETTINGS_MODULE=config.settings", sys.executable, "-m"]
        subprocess.run([*seed, "benchmarks.seed", str(plan_path)], cwd=ROOT, check=True)  # noqa: S603
        plan = [Work(**work) for work in json.loads(plan_path.read_text(encoding="utf-8"))]
        _say(_header())
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
    ours = json.loads(joey.get(target, _headers(work)))
    for lane in LANES[1:]:
        if ours != json.loads(bare.get(_bare_target(work, lane, target))):
            raise SystemExit(f"{work.name}: the {lane} lane of the bare application answers something else")


def _headers(work: Work) -> dict[str, str]:
    return {"Authorization": work.token} if work.token else {}


def _bare_target(work: Work, lane: str, target: str) -> str:
    last = "" if work.per_page else target.rsplit("/", 1)[-1]
    return f"/{lane}/{work.name}/{last}"


def _measure(joey: Server, bare: Server, work: Work, concurrency: int, options: argparse.Namespace) -> Row:
    """Every lane in turns, so that a noisy moment meets all of them."""
    servers = {lane: joey if lane == "joey" else bare for lane in LANES}
    jobs: dict[str, Job] = {}
    for lane, server in servers.items():
        warm_up = _job(server, work, lane, concurrency)
        jobs[lane] = replace(warm_up, requests=max(100, int(_once(server, warm_up).rate * options.seconds)))
    taken: dict[str, list[Measure]] = {lane: [] for lane in LANES}
    for _ in range(options.reps):
        for lane, job in jobs.items():
            taken[lane].append(_once(servers[lane], job))
    return Row(work.name, concurrency, {lane: _median(measures) for lane, measures in taken.items()})


def _job(server: Server, work: Work, lane: str, concurrency: int) -> Job:
    if lane == "joey":
        return Job(server.port, work.targets, _WARM_UP_REQUESTS, concurrency, _headers(work))
    targets = [_bare_target(work, lane, target) for target in work.targets]
    return Job(server.port, targets, _WARM_UP_REQUESTS, concurrency)


def _once(server: Server, job: Job) -> Measure:
    before = server.cpu_seconds()
    command = [sys.executable, "-m", "benchmarks.load"]
    spec = json.dumps(asdict(job)).encode()
    done = subprocess.run(  # noqa: S603 - our own module
        command, input=spec, stdout=subprocess.PIPE, cwd=ROOT, check=True, timeout=_PATIENCE_SECONDS
    )
    sample = Sample(**json.loads(done.stdout))
    if sample.errors:
        raise SystemExit(f"{sample.errors} of {job.requests} requests to {job.targets[0]} failed")
    cpu_ms = (server.cpu_seconds() - before) / sample.requests * 1000
    return Measure(sample.requests / sample.seconds, cpu_ms, sample.median_ms, sample.p99_ms)


def _median(measures: list[Measure]) -> Measure:
    columns = zip(*(asdict(measure).values() for measure in measures), strict=True)
    return Measure(*(statistics.median(column) for column in columns))


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


def _save(name: str, rows: list[Row], startups: list[tuple[float, float]]) -> None:
    _RESULTS.mkdir(exist_ok=True)
    versions = {package: importlib.metadata.version(package) for package in _PACKAGES}
    figures = {
        "command": f"python -m benchmarks.run {' '.join(sys.argv[1:])}",
        "machine": {"cpu": _cpu_model(), "system": f"{platform.system()} {platform.release()}"},
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, **versions},
        "rows": [asdict(row) for row in rows],
        "startups": [{"seconds": seconds, "cpu_seconds": cpu} for seconds, cpu in startups],
    }
    path = _RESULTS / f"{name}.json"
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    _say(f"saved {path.relative_to(ROOT)}")


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} x {models[0]}" if models else platform.machine()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
