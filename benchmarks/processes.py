"""Servers under measurement: started, asked, their processor time read, and stopped."""

import http.client
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE_SECONDS = 30.0
_ANSWER_SECONDS = 300.0  # a change of a large table takes its time
_POLL_SECONDS = 0.002
_SETTLED_SECONDS = 3.0


class ServerFailed(Exception):
    """A server ended or stayed silent instead of answering."""


@dataclass
class Server:
    """A running server; `startup_seconds` lasted from its start to its first healthy answer."""

    process: subprocess.Popen[bytes]
    port: int
    startup_seconds: float

    def cpu_seconds(self) -> float:
        """The processor time that the process and its children used so far, but for children that ended."""
        return sum(_cpu_seconds(pid) for pid in _tree(self.process.pid))

    def resident_bytes(self) -> int:
        """What the process and its children hold in memory; what they share counts for each of them."""
        return sum(_status_bytes(pid, "VmRSS") for pid in _tree(self.process.pid))

    def peak_bytes(self) -> int:
        """The most that each of them held since `forget_peak`, together."""
        return sum(_status_bytes(pid, "VmHWM") for pid in _tree(self.process.pid))

    def forget_peak(self) -> None:
        for pid in _tree(self.process.pid):
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5): resets VmHWM

    def get(self, target: str, headers: dict[str, str] | None = None) -> bytes:
        return self.send("GET", target, headers=headers)

    def send(
        self, method: str, target: str, *, headers: dict[str, str] | None = None, body: str | bytes = ""
    ) -> bytes:
        """The body of one answer; that of the request is JSON unless `headers` say otherwise.

        Raises ServerFailed unless the status is 200.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_SECONDS)
        lines = {**({"Content-Type": "application/json"} if body else {}), **(headers or {})}
        content = body.encode() if isinstance(body, str) else body
        try:
            connection.request(method, target, body=content or None, headers=lines)
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


def settle(servers: Sequence[Server]) -> None:
    """Wait until none has started or ended a process for a while: a server may have some begin later."""
    pids: list[list[int]] = []
    while (found := [_tree(server.process.pid) for server in servers]) != pids:
        pids = found
        time.sleep(_SETTLED_SECONDS)


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


def _cpu_seconds(pid: int) -> float:
    """By the clock that clock_getcpuclockid(3) gives a process; proc(5) counts hundredths of a second."""
    return time.clock_gettime(~pid << 3 | 2)


def _status_bytes(pid: int, name: str) -> int:
    """A line of proc(5)'s status, such as VmHWM."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) * 1024
