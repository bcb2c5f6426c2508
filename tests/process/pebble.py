"""An authority on loopback: pebble, Let's Encrypt's own for tests, and the names that it can look up.

It is a Go program. Where it is not installed it is built once, outside the repository, if there is Go.
"""

import contextlib
import json
import shutil
import socketserver
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.process.tls_proxy import self_signed
from tests.served import START_SECONDS, reserved_port

_MODULE = "github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.3"
_BUILT = Path("~/.cache/joey-tests/pebble").expanduser()
_BUILD_SECONDS = 300
_ADDRESS = 1  # the type of an IPv4 address in DNS
_NO_SUCH_NAME = 3


@dataclass(frozen=True)
class Authority:
    """`bundle` is what its own address is checked by, `roots` what its certificates are."""

    directory: str
    bundle: Path
    roots: Path

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.roots))


def pebble() -> str:
    """The program's path. Skips the test where there is none."""
    found = shutil.which("pebble") or (str(_BUILT) if _BUILT.exists() else None)
    if found:
        return found
    if shutil.which("go") is None:
        pytest.skip("neither pebble nor Go to build it with")
    _BUILT.parent.mkdir(parents=True, exist_ok=True)
    built = subprocess.run(  # noqa: S603
        ["/usr/bin/env", f"GOBIN={_BUILT.parent}", "go", "install", _MODULE],
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
        check=False,
    )
    if built.returncode:
        pytest.skip(f"pebble cannot be built: {built.stderr.strip().splitlines()[-1]}")
    return str(_BUILT)


@contextlib.contextmanager
def authority(
    folder: Path, *, names: set[str], http_port: int, lifetime_seconds: int = 7_776_000
) -> Iterator[Authority]:
    """One that finds `names` on this machine, no others, and asks them at `http_port`."""
    program = pebble()
    folder.mkdir(exist_ok=True)
    bundle = self_signed(folder)
    with names_server(names) as dns_port, reserved_port() as port, reserved_port() as management_port:
        config = {
            "listenAddress": f"127.0.0.1:{port}",
            "managementListenAddress": f"127.0.0.1:{management_port}",
            "certificate": str(bundle),
            "privateKey": str(bundle),
            "httpPort": http_port,
            "tlsPort": http_port,
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "", "validityPeriod": lifetime_seconds}},
        }
        (folder / "pebble.json").write_text(json.dumps({"pebble": config}))
        # It answers at once, and refuses no message only to see what becomes of it.
        command = ["/usr/bin/env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", program]
        command += ["-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns_port}"]
        with (folder / "pebble.output").open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603
        try:
            roots = folder / "roots.pem"
            roots.write_bytes(_when_up(f"https://127.0.0.1:{management_port}/roots/0", bundle))
            yield Authority(f"https://127.0.0.1:{port}/dir", bundle, roots)
        finally:
            process.terminate()
            process.wait()


def _when_up(url: str, bundle: Path) -> bytes:
    context = ssl.create_default_context(cafile=str(bundle))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, context=context) as answer:  # noqa: S310 - ours
                return bytes(answer.read())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class _Asked(socketserver.StreamRequestHandler):
    """A connection to a DNS server, over TCP as pebble wants it: each message behind its length."""

    names: set[str]

    def handle(self) -> None:
        while length := self.rfile.read(2):
            answer = _answer(self.rfile.read(int.from_bytes(length, "big")), self.names)
            self.wfile.write(len(answer).to_bytes(2, "big") + answer)


@contextlib.contextmanager
def names_server(names: set[str]) -> Iterator[int]:
    """A DNS server that finds these on this machine, and none else; yields its port."""
    handler = type("_AskedForThese", (_Asked,), {"names": names})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def _answer(question: bytes, names: set[str]) -> bytes:
    """RFC 1035: header, the question again, and 127.0.0.1 when it is for the address of one of the names."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii"))
        at += 1 + question[at]
    asked = question[12 : at + 5]
    kind = int.from_bytes(question[at + 1 : at + 3], "big")
    is_known = ".".join(labels).lower() in names
    has_answer = is_known and kind == _ADDRESS
    flags = 0x8580 if is_known else 0x8580 | _NO_SUCH_NAME
    head = question[:2] + b"".join(n.to_bytes(2, "big") for n in (flags, 1, int(has_answer), 0, 0))
    record = b"\xc0\x0c" + b"\0\x01\0\x01" + (60).to_bytes(4, "big") + b"\0\x04" + bytes((127, 0, 0, 1))
    return head + asked + (record if has_answer else b"")
