"""`python -m benchmarks.realtime`: thousands of streams, beside a bare ASGI application and the reference.

All streams subscribe to one collection, records are posted, and every stream hears of each. Measured are the
memory that a stream takes, the time to the last delivery and the processor time, and views meanwhile; then
Joey's writes while streams that hear of none of them are open. The reference takes part where
`BENCH_REFERENCE` names its program. Quote the ratios, never a time from another run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from benchmarks.file_lanes import pocketbase, reference_version, signed_in
from benchmarks.load import Job
from benchmarks.measures import measure, perform_apart
from benchmarks.processes import ROOT, Server, start
from benchmarks.report import Circumstances, save, say
from benchmarks.streams import Audience, Burst, Heard
from config import env

COLLECTION = "posts"
UNHEARD = "notes"
IDLE_STREAMS = 1000
_WARM_UP = 5


@dataclass(frozen=True)
class Figures:
    """One server with all streams open.

    `stream_kb` is what each added to its memory; `last_ms` the median from the begin of a post to the last
    delivery, `cpu_ms` the processor time for one post and its deliveries; views are those of one client,
    with no stream open, with all of them idle, and while posts follow each other.
    """

    lane: str
    stream_kb: float
    last_ms: float
    cpu_ms: float
    messages_per_second: float
    view_alone_ms: float
    view_idle_ms: float
    view_beside_ms: float
    view_beside_p99_ms: float


@dataclass(frozen=True)
class Writes:
    """Posts a second and processor time of each, of which no stream hears."""

    streams: int
    rate: float
    cpu_ms: float


def main() -> None:
    options = _arguments()
    circumstances = Circumstances()
    with tempfile.TemporaryDirectory(prefix="joey-bench-") as folder, _serving(Path(folder)) as servers:
        say(
            f"{options.streams} streams, {options.records} records\n"
            f"{'lane':<10} {'KB each':>8} {'last ms':>8} {'CPU ms':>8} {'messages/s':>11}"
            f" {'view ms':>8} {'idle':>6} {'beside':>7} {'p99':>6}"
        )
        figures = []
        for lane, server in servers.items():
            figures.append(_figures(lane, server, options))
            say(_text(figures[-1]))
        writes = [_writes(servers["joey"], streams, options) for streams in (0, IDLE_STREAMS, 0)]
        say(f"\n{'idle streams':<12} {'writes/s':>9} {'CPU ms':>8}")
        for one in writes:
            say(f"{one.streams:<12} {one.rate:9.0f} {one.cpu_ms:8.3f}")
    if options.save:
        rows = {"rows": [asdict(one) for one in figures], "writes": [asdict(one) for one in writes]}
        save(options.save, circumstances, {"reference": reference_version(), **rows})
    say(circumstances.load_text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.realtime", description=__doc__)
    parser.add_argument("--streams", type=int, default=5000, help="how many are open at once")
    parser.add_argument("--records", type=int, default=50, help="how many are posted")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="length of a measurement of requests, about"
    )
    parser.add_argument("--save", metavar="NAME", help="write the figures to benchmarks/results/NAME.json")
    return parser.parse_args()


# --- servers ----------------------------------------------------------------------------------------


@contextmanager
def _serving(folder: Path) -> Iterator[dict[str, Server]]:
    """All servers at once, Joey first, with data directories in `folder`."""
    with ExitStack() as stack:
        data_dir = folder / "joey"
        manage = ["/usr/bin/env", f"DATA_DIR={data_dir}", "DATABASE_URL=", sys.executable, "manage.py"]
        joey = pocketbase([*manage, "superuser"], [*manage, "serve"], stack)
        bare = start([sys.executable, "-m", "benchmarks.bare_streams"], {})
        stack.callback(bare.stop)
        servers = {"joey": joey, "bare": bare}
        if program := env.text("BENCH_REFERENCE"):
            data = f"--dir={folder / 'reference'}"
            serve = ["/bin/sh", "-c", 'exec "$0" serve --http "127.0.0.1:$PORT" "$1"', program, data]
            servers["reference"] = pocketbase([program, data, "superuser"], serve, stack)
        for lane, server in servers.items():
            if lane != "bare":
                _make_collections(server)
        yield servers


def _make_collections(server: Server) -> None:
    headers = {"Authorization": signed_in(server)}
    dates = [
        {"name": "created", "type": "autodate", "onCreate": True},
        {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
    ]
    fields = [{"name": "title", "type": "text"}, {"name": "body", "type": "text"}, *dates]
    rules = {"listRule": "", "viewRule": "", "createRule": ""}
    for name in (COLLECTION, UNHEARD):
        made = {"name": name, "type": "base", "fields": fields, **rules}
        server.send("POST", "/api/collections", headers=headers, body=json.dumps(made))


# --- measuring --------------------------------------------------------------------------------------


def _figures(lane: str, server: Server, options: argparse.Namespace) -> Figures:
    answer = server.send("POST", _posts(COLLECTION), body=json.dumps({"title": "view", "body": "x" * 200}))
    view = Job(server.port, [f"{_posts(COLLECTION)}/{json.loads(answer)['id']}"], 100, 1)
    alone = _view_ms(view, options.seconds)
    before = server.resident_bytes()
    with _audience(Audience(server.port, options.streams, f"{COLLECTION}/*")) as crowd:
        stream_kb = (server.resident_bytes() - before) / options.streams / 1024
        idle = _view_ms(view, options.seconds)
        crowd.hear(_WARM_UP)
        cpu_before = server.cpu_seconds()
        heard = crowd.hear(options.records)
        cpu_ms = (server.cpu_seconds() - cpu_before) / heard.records * 1000
        posting = Thread(target=crowd.hear, args=(options.records,))
        posting.start()
        beside = perform_apart(_lasting(view, alone, heard.seconds * 0.7))
        posting.join()
    return Figures(
        lane,
        stream_kb,
        heard.last_ms,
        cpu_ms,
        options.streams * heard.records / heard.seconds,
        alone,
        idle,
        beside.median_ms,
        beside.p99_ms,
    )


def _view_ms(view: Job, seconds: float) -> float:
    few = perform_apart(view)
    return perform_apart(_lasting(view, few.median_ms, seconds)).median_ms


def _lasting(view: Job, view_ms: float, seconds: float) -> Job:
    """About as many views as a client makes in so much time; fewer beside others, who make them slower."""
    return Job(view.port, view.targets, max(50, int(seconds * 1000 / view_ms / 4)), 1)


def _writes(server: Server, streams: int, options: argparse.Namespace) -> Writes:
    bodies = [json.dumps({"title": "unheard", "body": "x" * 200})]
    job = Job(server.port, [_posts(UNHEARD)], 300, 1, method="POST", bodies=bodies)
    with _audience(Audience(server.port, streams, f"{COLLECTION}/*")):
        few = measure(server, job)
        many = Job(server.port, job.targets, int(few.rate * options.seconds), 1, method="POST", bodies=bodies)
        measures = [measure(server, many) for _ in range(3)]
    middle = sorted(measures, key=lambda one: one.rate)[1]
    return Writes(streams, middle.rate, middle.cpu_ms)


def _posts(collection: str) -> str:
    return f"/api/collections/{collection}/records"


class _Crowd:
    """The process that holds the streams."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def hear(self, records: int) -> Heard:
        self.tell(asdict(Burst(COLLECTION, records)))
        return Heard(**self.answer())

    def tell(self, spec: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.write(json.dumps(spec) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - as above
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the streams ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def _audience(audience: Audience) -> Iterator[_Crowd]:
    """The streams, open and subscribed."""
    command = [sys.executable, "-m", "benchmarks.streams"]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        crowd = _Crowd(process)
        try:
            crowd.tell(asdict(audience))
            crowd.answer()
            yield crowd
        finally:
            process.kill()


def _text(one: Figures) -> str:
    return (
        f"{one.lane:<10} {one.stream_kb:8.1f} {one.last_ms:8.1f} {one.cpu_ms:8.1f}"
        f" {one.messages_per_second:11.0f} {one.view_alone_ms:8.2f} {one.view_idle_ms:6.2f}"
        f" {one.view_beside_ms:7.2f} {one.view_beside_p99_ms:6.1f}"
    )


if __name__ == "__main__":
    main()
