"""A light HTTP client that keeps a server busy: raw requests over keep-alive connections, nothing decoded.

Runs in a process of its own (`python -m benchmarks.load`), so that its work is not the server's: it reads a
`Job` as JSON from stdin and writes a `Sample` as JSON to stdout.
"""

import asyncio
import json
import math
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import cast

import uvloop

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


@dataclass(frozen=True)
class Job:
    """`requests` requests in all; `targets` are paths, taken in turns, and so are `bodies`, if any.

    These are JSON unless `headers` say otherwise. With `body_file` every request sends what that file holds.
    """

    port: int
    targets: list[str]
    requests: int
    concurrency: int
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    bodies: list[str] = field(default_factory=list)
    body_file: str = ""

    def texts(self) -> list[bytes]:
        """Every combination of path and body that the turns lead to, as a whole request."""
        bodies = [body.encode() for body in self.bodies] or [b""]
        if self.body_file:
            bodies = [Path(self.body_file).read_bytes()]
        turns = range(math.lcm(len(self.targets), len(bodies)))
        return [
            self._text(self.targets[turn % len(self.targets)], bodies[turn % len(bodies)]) for turn in turns
        ]

    def _text(self, target: str, body: bytes) -> bytes:
        headers = {"Host": "127.0.0.1"}
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        headers |= self.headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + body


@dataclass(frozen=True)
class Sample:
    """`seconds` for the whole job, latencies in milliseconds, and how many answers were not 200."""

    requests: int
    seconds: float
    median_ms: float
    p99_ms: float
    errors: int


class _Run:
    """What the connections of one job share."""

    def __init__(self, job: Job) -> None:
        self.waiting = islice(cycle(job.texts()), job.requests)
        self.latencies: list[float] = []
        self.errors = 0
        self.open = job.concurrency
        self.done = asyncio.get_running_loop().create_future()


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is complete."""

    def __init__(self, run: _Run) -> None:
        self.run = run
        self.head = b""
        self.left: int | None = None  # bytes of the body that are still to come, None until its head is there

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # a TCP connection; uvloop's class is no subclass
        self._send()

    def data_received(self, data: bytes) -> None:
        if self.left is None:
            self.head += data
            end = self.head.find(_END_OF_HEAD)
            if end < 0:
                return
            head = self.head[:end].lower()
            at = head.find(_LENGTH)  # a 204 has none
            length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            self.left = end + len(_END_OF_HEAD) + length - len(self.head)
        else:
            self.left -= len(data)
        if self.left > 0:
            return
        self.run.latencies.append(time.perf_counter() - self.sent_at)
        if not self.head.startswith(b"HTTP/1.1 200"):
            self.run.errors += 1
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self.run.errors += 1
        self.run.open -= 1
        if not self.run.open and not self.run.done.done():
            self.run.done.set_result(None)

    def _send(self) -> None:
        self.head, self.left = b"", None
        request = next(self.run.waiting, None)
        if request is None:
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(request)


async def perform(job: Job) -> Sample:
    """Do the job; the clock starts with the first connection."""
    run = _Run(job)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for _ in range(job.concurrency):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", job.port)
    await run.done
    seconds = time.perf_counter() - began
    latencies = sorted(run.latencies) or [0.0]
    return Sample(
        requests=len(run.latencies),
        seconds=seconds,
        median_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[len(latencies) * 99 // 100] * 1000,
        errors=run.errors + job.requests - len(run.latencies),
    )


def main() -> None:
    job = Job(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        json.dump(asdict(runner.run(perform(job))), sys.stdout)


if __name__ == "__main__":
    main()
