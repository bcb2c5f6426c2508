"""`python -m benchmarks.files`: files beside a bare ASGI application and the reference, in turns.

A download of 10 MB, a thumb that is made already, uploads of 1 MB; and how much memory each server takes
while one file of 1 GB comes and goes. The reference takes part where `BENCH_REFERENCE` names its program.
Quote the ratios, never a time from another run.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.file_lanes import (
    FORM,
    MB,
    UPLOADS,
    Lane,
    download_large,
    form,
    reference_version,
    serving,
    upload_large,
)
from benchmarks.load import Job
from benchmarks.measures import Measure, Row, measure, median
from benchmarks.processes import Server, settle
from benchmarks.report import Circumstances, save, say

UPLOAD_BYTES = MB
# Scenarios, and their concurrencies.
SCENARIOS = {"download-10MB": (1, 10), "thumb": (1, 50), "upload-1MB": (1, 10)}
# Requests to warm up with, and at least.
_FEW, _FEW_THUMBS = 20, 200


@dataclass(frozen=True)
class Passage:
    """One large file on its way: the most memory the server held meanwhile, and how long it took."""

    peak_mb: float
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Memory:
    """What a server holds at rest, all its processes started, and with one large file coming, then going."""

    lane: str
    rest_mb: float
    upload: Passage
    download: Passage


def main() -> None:
    options = _arguments()
    circumstances = Circumstances()
    size_bytes = options.large_mb * MB
    with tempfile.TemporaryDirectory(prefix="joey-bench-") as folder, serving(Path(folder)) as lanes:
        # The process that runs Joey's jobs starts after the first answer.
        settle([lane.server for lane in lanes])
        memories = [_memory(lane, size_bytes) for lane in lanes]
        _show_memories(memories, options.large_mb)
        upload = Path(folder, "upload")
        upload.write_bytes(form("document", random.Random(3).randbytes(UPLOAD_BYTES)))  # noqa: S311
        say(_header([lane.name for lane in lanes]))
        rows = []
        for name, concurrencies in SCENARIOS.items():
            for concurrency in concurrencies:
                rows.append(_measured(name, concurrency, lanes, upload, options))
                say(_row_text(rows[-1]))
    if options.save:
        figures = {
            "reference": reference_version(),
            "large_mb": options.large_mb,
            "memory": [asdict(memory) for memory in memories],
            "rows": [asdict(row) for row in rows],
        }
        save(options.save, circumstances, figures)
    say(circumstances.load_text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files", description=__doc__)
    parser.add_argument("--reps", type=int, default=3, help="repetitions, of which the median counts")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one repetition, about")
    parser.add_argument("--large-mb", type=int, default=1024, help="size of the one large file")
    parser.add_argument("--save", metavar="NAME", help="write the figures to benchmarks/results/NAME.json")
    return parser.parse_args()


# --- memory -----------------------------------------------------------------------------------------


def _memory(lane: Lane, size_bytes: int) -> Memory:
    rest_mb = lane.server.resident_bytes() / MB
    paths: list[str] = []
    upload = _passage(lane.server, lambda: paths.append(upload_large(lane.server, size_bytes)))
    download = _passage(lane.server, lambda: download_large(lane.server, paths[0], size_bytes))
    lane.tidy()
    os.sync()  # what is still on its way to the disk would disturb the next one
    return Memory(lane.name, rest_mb, upload, download)


def _passage(server: Server, pass_file: Callable[[], None]) -> Passage:
    server.forget_peak()
    began, cpu_before = time.perf_counter(), server.cpu_seconds()
    pass_file()
    seconds, cpu_seconds = time.perf_counter() - began, server.cpu_seconds() - cpu_before
    return Passage(server.peak_bytes() / MB, seconds, cpu_seconds)


def _show_memories(memories: list[Memory], large_mb: int) -> None:
    size = f"one file of {large_mb} MB"
    say(f"{size:<22} {'resident MB':>11} {'peak MB':>9} {'more':>6} {'s':>6} {'CPU s':>6}")
    for memory in memories:
        say(f"{memory.lane:<12} {'at rest':<9} {memory.rest_mb:11.1f}")
        for way, passage in (("upload", memory.upload), ("download", memory.download)):
            more = passage.peak_mb - memory.rest_mb
            took = f"{passage.seconds:6.2f} {passage.cpu_seconds:6.2f}"
            say(f"{'':<12} {way:<9} {'':>11} {passage.peak_mb:9.1f} {more:6.1f} {took}")


# --- requests ---------------------------------------------------------------------------------------


def _measured(
    name: str, concurrency: int, lanes: list[Lane], upload: Path, options: argparse.Namespace
) -> Row:
    """Every lane in turns, so that a noisy moment meets all of them."""
    jobs: dict[str, Job] = {}
    for lane in lanes:
        warm_up = _job(name, lane, concurrency, upload)
        rate = measure(lane.server, warm_up).rate
        jobs[lane.name] = replace(warm_up, requests=max(warm_up.requests, int(rate * options.seconds)))
    taken: dict[str, list[Measure]] = {lane.name: [] for lane in lanes}
    for _ in range(options.reps):
        for lane in lanes:
            lane.tidy()
            taken[lane.name].append(measure(lane.server, jobs[lane.name]))
    return Row(name, concurrency, {lane: median(measures) for lane, measures in taken.items()})


def _job(name: str, lane: Lane, concurrency: int, upload: Path) -> Job:
    if name == "upload-1MB":
        return Job(lane.server.port, [UPLOADS], _FEW, concurrency, FORM, "POST", body_file=str(upload))
    if name == "thumb":
        return Job(lane.server.port, [lane.thumb], _FEW_THUMBS, concurrency)
    return Job(lane.server.port, [lane.document], _FEW, concurrency)


def _header(lanes: list[str]) -> str:
    columns = "".join(f"{lane:>10}{'' if lane == lanes[0] else '     ×'}" for lane in lanes)
    width = len(columns)
    return (
        f"\n{'':>20} {'CPU ms per request':^{width}}  {'requests per second':^{width}}\n"
        f"{'scenario':<15} {'conc':>4} {columns}  {columns}"
    )


def _row_text(row: Row) -> str:
    """× is how many times as much as the other Joey needs (CPU), or serves (rate)."""
    cpu = _columns({lane: measure.cpu_ms for lane, measure in row.lanes.items()}, "10.3f")
    rate = _columns({lane: measure.rate for lane, measure in row.lanes.items()}, "10.0f")
    return f"{row.name:<15} {row.concurrency:>4} {cpu}  {rate}"


def _columns(figures: dict[str, float], form: str) -> str:
    joey, *others = figures.values()
    return f"{joey:{form}}" + "".join(f"{other:{form}} {joey / other:5.2f}" for other in others)


if __name__ == "__main__":
    main()
