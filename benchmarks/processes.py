"""Servers under measurement: started, asked, their processor time read, and stopped."""

import http.client
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_SECONDS = 30.0
_ANSWER_SECONDS = 300.0  # a change of a large table takes its time
_POLL_SECONDS = 0.002


class ServerFailed(Exception):
    """A server ended or stayed silent instead of answering."""


@dataclass
class Server:
    """A running server; `startup_seconds` lasted from its start to its first healthy answer."""

    process: subprocess.Popen[bytes]
    port: int
    startup_seconds: float

    def cpu_seconds(self) -> float:
        """The processor time that the process and its children used so far."""
        return sum(_cpu_ticks(pid) for pid in _tree(self.process.pid)) / _TICKS

    def get(self, target: str, headers: dict[str, str] | None = None) -> bytes:
        return self.send("GET", target, headers=headers)

    def send(
        self, method: str, target: str, *, headers: dict[str, str] | None = None, body: str = ""
    ) -> bytes:
        """The body of one answer. Raises ServerFailed unless its status is 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_SECONDS)
        lines = {**(headers or {}), **({"Content-Type": "application/json"} if body else {})}
        try:
            connection.request(method, target, body=body.encode() or None, headers=lines)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise ServerFailed(f"{method} {target}: {response.status} {answer[:300]!r}")
        return answer

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(command: list[str], variables: dict[str, str], *, health: str = "/api/health") -> Server:
    """Run `command` with PORT and `variables` set, until it answers `health` with 200."""
    port = free_port()
    settings = [f"{name}={value}" for name, value in {**variables, "PORT": str(port)}.items()]
    began = time.perf_counter()
    # `env` sets the variables, so that config/env.py stays the only code that touches the environment.
    process = subprocess.Popen(["/usr/bin/env", *settings, *command], cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    server = Server(process, port, 0.0)
    while time.perf_counter() - began < _PATIENCE_SECONDS:
        try:
            server.get(health)
        except (OSError, http.client.HTTPException):
            if process.poll() is not None:
                break
            time.sleep(_POLL_SECONDS)
        else:
            server.startup_seconds = time.perf_counter() - began
            return server
    server.stop()
    raise ServerFailed(f"{' '.join(command)} did not answer {health}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tree(root: int) -> list[int]:
    """The process and all its descendants."""
    pids, index = [root], 0
    while index < len(pids):
        pid = pids[index]
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            pids += [int(child) for child in path.read_text().split()]
        index += 1
    return pids


def _cpu_ticks(pid: int) -> int:
    """utime + stime, and those of children that ended; fields 14 to 17 of proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(value) for value in fields[11:15])
