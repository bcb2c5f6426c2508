"""Processes on the bus that a test starts, and the servers that they may talk through."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.served import ROOT

REDIS = shutil.which("redis-server")
# Only against what hangs.
_SECONDS = 180.0


class Process:
    """A process that does what is asked of it; `call("name", ...)` is its `do_name` (process.py)."""

    def __init__(self, layers: dict[str, Any], *arguments: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "tests.realtime_app.bus.process", json.dumps(layers), *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def begun(self) -> "Process":
        """What it missed before it began does not count."""
        assert self.answer() == "started"
        self.call("forget")
        return self

    def call(self, name: str, **arguments: Any) -> Any:
        self.ask(name, **arguments)
        return self.answer()

    def ask(self, name: str, **arguments: Any) -> None:
        """Without waiting for the answer, which is the next one then."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _SECONDS)
        assert ready, "no answer"
        line = self._process.stdout.readline()
        assert line, "the process has ended"
        return json.loads(line)

    def end(self) -> None:
        """As a server ends that is told to."""
        self.ask("end")
        assert self._process.wait(_SECONDS) == 0

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


class Bus:
    """Starts processes that share a bus."""

    def __init__(self, layer: dict[str, Any]) -> None:
        self.layers = {"default": layer}
        self._processes: list[Process] = []

    def begin(self, role: str = "member", *, beat_seconds: float | None = None) -> Process:
        arguments = () if beat_seconds is None else (str(beat_seconds),)
        self._processes.append(Process(self.layers, role, *arguments))
        return self._processes[-1]

    def members(self, count: int, *, beat_seconds: float | None = None) -> list[Process]:
        """Those that all know each other."""
        begun = [self.begin(beat_seconds=beat_seconds) for _ in range(count)]
        for process in begun:
            process.begun()
        for process in begun:
            assert len(process.call("peers", count=count - 1)) == count - 1
        return begun

    def close(self) -> None:
        for process in self._processes:
            process.close()


def they_hear_each_other(alice: Process, bob: Process) -> None:
    """Until then they miss what the other publishes, and must be told so."""
    assert alice.call("missed") is bob.call("missed") is True
    assert len(alice.call("peers", count=1)) == len(bob.call("peers", count=1)) == 1
    assert hears(alice, bob) is hears(bob, alice) is True


def hears(speaker: Process, listener: Process) -> bool:
    """What was published before may come first."""
    for _ in range(60):
        listener.call("forget")
        speaker.call("publish", payload="again")
        if "again" in listener.call("heard", count=1, seconds=1):
            return True
    return False


class Redis:
    """A server of the test's own; `stop` and `start` are an outage."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://localhost:{self.port}/0"

    def start(self) -> None:
        assert REDIS is not None
        options = {"bind": "127.0.0.1", "port": str(self.port), "save": "", "dir": str(self._folder)}
        self._process = subprocess.Popen(  # noqa: S603 - Debian's own server
            [REDIS, *(part for name, value in options.items() for part in (f"--{name}", value))],
            stdout=subprocess.DEVNULL,
        )
        while self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)) as probe:
                probe.sendall(b"PING\r\n")
                if probe.recv(100).startswith(b"+PONG"):
                    return
        raise AssertionError("redis-server did not start")

    def cut_those_that_listen(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"CLIENT KILL TYPE pubsub\r\n")
            assert connection.recv(100).startswith(b":")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
