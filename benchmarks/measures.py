"""One job done by the client in a process of its own, and what it took of the server."""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from benchmarks.load import Job, Sample
from benchmarks.processes import ROOT, Server

LOAD = [sys.executable, "-m", "benchmarks.load"]
_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Measure:
    """Requests per second, and milliseconds: of processor time for each, of waiting."""

    rate: float
    cpu_ms: float
    median_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Row:
    """One scenario, measured in every lane; medians over the repetitions."""

    name: str
    concurrency: int
    lanes: dict[str, Measure]


def perform_apart(job: Job) -> Sample:
    """Have the job done; SystemExit when a request of it fails."""
    spec = json.dumps(asdict(job)).encode()
    done = subprocess.run(  # noqa: S603 - our own module
        LOAD, input=spec, stdout=subprocess.PIPE, cwd=ROOT, check=True, timeout=_PATIENCE_SECONDS
    )
    sample = Sample(**json.loads(done.stdout))
    if sample.errors:
        raise SystemExit(f"{sample.errors} of {job.requests} requests to {job.targets[0]} failed")
    return sample


def measure(server: Server, job: Job) -> Measure:
    before = server.cpu_seconds()
    sample = perform_apart(job)
    cpu_ms = (server.cpu_seconds() - before) / sample.requests * 1000
    return Measure(sample.requests / sample.seconds, cpu_ms, sample.median_ms, sample.p99_ms)


def median(measures: Iterable[Measure]) -> Measure:
    """Of each figure the median for itself."""
    columns = zip(*(asdict(measure).values() for measure in measures), strict=True)
    return Measure(*(statistics.median(column) for column in columns))
