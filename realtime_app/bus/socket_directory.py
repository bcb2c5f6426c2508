"""The folder in which every process of an installation on this machine has a socket, named after it."""

import hashlib
import os
import platform
import socket
import stat
import time
from contextlib import suppress
from pathlib import Path

# What the address of a UNIX socket may have: 108 bytes with the zero at its end on Linux, 104 on macOS.
_MOST_ADDRESS_BYTES = 103
# Two changes of a folder may have the same time when they are as close together as this.
_SAME_TIME_NS = 100_000_000
# How often a running process shows that its socket is used, and after how long without that it is not.
_TOUCH_SECONDS = 3600.0
_UNUSED_SECONDS = 48 * 3600.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def _machine() -> str:
    """Names this machine since it started: several machines may share the folder."""
    name = _BOOT_ID.read_text() if _BOOT_ID.exists() else platform.node()
    return hashlib.sha256(name.encode()).hexdigest()[:8]


class SocketDirectory:
    """Only its owner may enter it, so who sends is trusted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._machine = _machine()
        self._names: frozenset[str] = frozenset()
        self._changed_ns = -1
        self._descriptor = -1
        self._touched = time.monotonic()

    def names(self) -> frozenset[str]:
        """The processes that have a socket here, running or killed. Cheap while nothing changes.

        None for whoever may not enter the folder.
        """
        try:
            changed_ns = self.path.stat().st_mtime_ns
            if changed_ns != self._changed_ns or time.time_ns() - changed_ns < _SAME_TIME_NS:
                found = [path.name.partition("-") for path in self.path.iterdir()]
                self._names = frozenset(name for machine, _, name in found if machine == self._machine)
                self._changed_ns = changed_ns  # last: another thread believes it
        except OSError:
            return frozenset()
        return self._names

    def bind(self, name: str) -> socket.socket:
        """The socket of the process `name`. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove_unused()
        if stat.S_IMODE(self.path.stat().st_mode) & 0o077:
            self.path.chmod(0o700)
        own = self._socket()
        try:
            own.bind(self._address(name))
        except OSError:
            own.close()
            raise
        return own

    def connect(self, name: str) -> socket.socket:
        """A socket that sends to the process `name`. Raises OSError; a killed one leaves nothing behind."""
        other = self._socket()
        try:
            other.connect(self._address(name))
        except OSError as error:
            other.close()
            if isinstance(error, ConnectionRefusedError):
                self.remove(name)
            raise
        return other

    def touch(self, name: str) -> None:
        """Called often by the process `name`."""
        now = time.monotonic()
        if now > self._touched + _TOUCH_SECONDS:
            self._touched = now
            with suppress(OSError):
                os.utime(self._path(name))

    def remove(self, name: str) -> None:
        with suppress(OSError):
            self._path(name).unlink()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _remove_unused(self) -> None:
        """What this machine left before it started again; nobody answers there."""
        limit = time.time() - _UNUSED_SECONDS
        for path in self.path.iterdir():
            with suppress(OSError):
                if not path.name.startswith(f"{self._machine}-") and path.stat().st_mtime < limit:
                    path.unlink()

    def _path(self, name: str) -> Path:
        return self.path / f"{self._machine}-{name}"

    def _address(self, name: str) -> str:
        address = str(self._path(name))
        if len(os.fsencode(address)) > _MOST_ADDRESS_BYTES:
            # Linux knows every folder that is open by a short name, too.
            if self._descriptor < 0:
                self._descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            address = f"/proc/self/fd/{self._descriptor}/{self._path(name).name}"
        return address

    def _socket(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        made.setblocking(False)
        return made
