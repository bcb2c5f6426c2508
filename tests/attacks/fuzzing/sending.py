"""Sends the bytes of a case over a socket of its own and reads the answer's status."""

import re
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.attacks.fuzzing.cases import Case

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3}) ?[^\r\n]*\r\n")
_KEPT_BYTES = 2000
# What HTTP has for a Transfer-Encoding and for a version that a server does not know.
_NOT_OURS = {501, 505}
_PIECE_PAUSE_SECONDS = 0.005
# For what was cut off on purpose: the server may well wait for the rest, the fuzzer does not.
_CUT_SECONDS = 0.5


@dataclass(frozen=True)
class Outcome:
    """`status` is 0 when the connection ended without an answer, and -1 when nothing came in time."""

    case: Case
    begin: float
    end: float
    status: int
    beginning: bytes

    @property
    def seconds(self) -> float:
        return self.end - self.begin

    @property
    def has_failed(self) -> bool:
        is_ours = self.status >= 500 and self.status not in _NOT_OURS
        return is_ours or (self.status <= 0 and self.case.is_whole)


def send(url: str, case: Case, *, patience_seconds: float) -> Outcome:
    begin = time.monotonic()
    patience = patience_seconds if case.is_whole else _CUT_SECONDS
    status, beginning = _exchange(url, case, patience)
    return Outcome(case, begin, time.monotonic(), status, beginning)


def _exchange(url: str, case: Case, patience_seconds: float) -> tuple[int, bytes]:
    address = urlsplit(url)
    received = bytearray()
    try:
        with socket.create_connection((address.hostname, address.port), timeout=patience_seconds) as peer:
            try:
                for piece in case.pieces:
                    peer.sendall(piece)
                    if len(case.pieces) > 1:
                        time.sleep(_PIECE_PAUSE_SECONDS)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused half-way: its answer may be there to be read
            deadline = time.monotonic() + patience_seconds
            while chunk := peer.recv(65536):
                received += chunk[: max(0, _KEPT_BYTES - len(received))]
                if time.monotonic() > deadline or _is_stream(received):
                    break
    except TimeoutError:
        return _status(received) or (-1 if case.is_whole else 0), bytes(received)
    except OSError:
        pass  # closed by the server; what came before counts
    return _status(received), bytes(received)


def _is_stream(received: bytearray) -> bool:
    """Whether the answer is one that never ends."""
    return b"text/event-stream" in received


def _status(received: bytearray) -> int:
    for match in _STATUS_LINE.finditer(received):
        status = int(match[1])
        if status >= 200:
            return status
    return 0
