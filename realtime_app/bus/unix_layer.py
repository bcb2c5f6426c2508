"""A Channels layer for the processes of one machine: a UNIX datagram socket each, in one folder.

Whoever sends never waits. What a process does not take yet is kept for it, up to a bound; beyond that it is
lost, and the process is told so as soon as it reads again. That a process was killed is noticed by the next
one that sends to it.
"""

import asyncio
import os
import socket
from collections import deque
from pathlib import Path
from typing import Any

from realtime_app.bus.broadcast_layer import BroadcastLayer
from realtime_app.bus.parts import MOST_MESSAGE_BYTES, MOST_WAITING_SECONDS, Assembly, NotAPart, split
from realtime_app.bus.socket_directory import SocketDirectory

PART_BYTES = 64 * 1024
# What is kept for a process that does not read.
MOST_BACKLOG_BYTES = 2 * MOST_MESSAGE_BYTES
_PARTS_AT_ONCE = 16  # are read before others have their turn on the event loop
_HEADER_BYTES = 256
_BOOKKEEPING_BYTES = 100  # of Python, for each part that is kept
_YOU_MISSED_SOMETHING = b""


class _Reader:
    """Another process, as one that sends to it sees it."""

    def __init__(self, road: socket.socket) -> None:
        self.road = road
        self.is_full = False  # it is sent to when the event loop says that it reads again
        self._backlog: deque[bytes] = deque()
        self._backlog_bytes = 0
        self._has_missed = False

    @property
    def has_backlog(self) -> bool:
        return bool(self._backlog)

    def keep(self, parts: list[bytes]) -> None:
        size = sum(len(part) + _BOOKKEEPING_BYTES for part in parts)
        # After a loss all is lost until there is room for the word of it: it stands where the gap is.
        if self._has_missed or (self._backlog and self._backlog_bytes + size > MOST_BACKLOG_BYTES):
            self._has_missed = True
            return
        self._backlog.extend(parts)
        self._backlog_bytes += size

    def send(self) -> bool:
        """Whether all went that was kept. Raises OSError, mostly because the process is gone."""
        while self._backlog or self._has_missed:
            part = self._backlog[0] if self._backlog else _YOU_MISSED_SOMETHING
            try:
                self.road.send(part)
            except BlockingIOError:
                return False
            if self._backlog:
                self._backlog.popleft()
                self._backlog_bytes -= len(part) + _BOOKKEEPING_BYTES
            else:
                self._has_missed = False
        return True


class UnixLayer(BroadcastLayer):
    def __init__(self, directory: str | Path, **options: Any) -> None:
        super().__init__(**options)
        self._directory = SocketDirectory(Path(directory))
        self._own: socket.socket | None = None
        self._readers: dict[str, _Reader] = {}
        self._assembly = Assembly()
        self._number = 0

    @property
    def has_backlog(self) -> bool:
        return any(reader.has_backlog for reader in self._readers.values())

    def others(self) -> frozenset[str]:
        """The names of the other processes; those that were killed count until somebody sends to them."""
        return self._directory.names() - {self.name}

    async def close(self) -> None:
        for name in list(self._readers):
            self._forget(name)
        if self._own is not None:
            asyncio.get_running_loop().remove_reader(self._own)
            self._own.close()
            self._own = None
            self._directory.remove(self.name)
        self._directory.close()

    def abandon(self) -> None:
        """Close what a fork has brought along, or an event loop that has ended has left."""
        open_sockets = [reader.road for reader in self._readers.values()]
        if self._own is not None:
            open_sockets.append(self._own)
        for each in open_sockets:
            os.close(each.detach())  # uvloop puts off what `close` does until it reads no more
        self._readers = {}
        self._own = None
        self._directory.close()

    async def _open(self) -> None:
        if self._own is None:
            self._own = self._directory.bind(self.name)
            asyncio.get_running_loop().add_reader(self._own, self._read)

    def _left(self) -> None:
        was_open = self._own is not None
        self.abandon()
        if was_open:
            self._directory.remove(self.name)

    async def _transmit(self, to: str | None, packed: bytes) -> None:
        self._number += 1
        parts = split(self.name, self._number, packed, PART_BYTES)
        if self._own is not None:
            await self._keep_open()
        names = self.others()
        for name in self._readers.keys() - names:
            self._lose(name)
        if to is not None:
            if to not in names:
                self.on_gone(to)
            names &= {to}
        for name in names:
            reader = self._readers.get(name)
            if reader is None:
                try:
                    reader = self._readers[name] = _Reader(self._directory.connect(name))
                except OSError:
                    self._lose(name)
                    continue
            reader.keep(parts)
            if not reader.is_full:
                self._send_kept(name)

    async def _keep_open(self) -> None:
        if self.name not in self._directory.names():
            # Somebody removed the socket, perhaps with its folder, and so this process looked absent.
            await self.close()
            await self._open()
            self.on_missed()
        self._directory.touch(self.name)

    def _forget(self, name: str) -> None:
        reader = self._readers.pop(name, None)
        if reader is not None:
            if reader.is_full:
                asyncio.get_running_loop().remove_writer(reader.road)
            reader.road.close()

    def _lose(self, name: str) -> None:
        """The process ended, or cannot be sent to."""
        self._forget(name)
        self._assembly.forget(name)
        self._tell_losses()
        self.on_gone(name)

    # --- called by the event loop

    def _send_kept(self, name: str) -> None:
        reader = self._readers[name]
        try:
            is_full = not reader.send()
        except OSError:
            self._lose(name)
            return
        if is_full != reader.is_full:
            reader.is_full = is_full
            loop = asyncio.get_running_loop()
            if is_full:
                loop.add_writer(reader.road, self._send_kept, name)
            else:
                loop.remove_writer(reader.road)

    def _read(self) -> None:
        for _ in range(_PARTS_AT_ONCE):
            if self._own is None:
                return  # what was just read made somebody close it
            try:
                part = self._own.recv(PART_BYTES + _HEADER_BYTES)
            except BlockingIOError:
                return
            self._take(part)

    def _take(self, part: bytes) -> None:
        if part == _YOU_MISSED_SOMETHING:
            self.on_missed()
            return
        was_complete = not len(self._assembly)
        try:
            packed = self._assembly.add(part)
        except NotAPart:  # from another version
            self.on_missed()
            return
        self._tell_losses()
        if packed is not None:
            self._received(packed)
        elif was_complete:
            asyncio.get_running_loop().call_later(MOST_WAITING_SECONDS + 1, self._forget_old_parts)

    def _forget_old_parts(self) -> None:
        self._assembly.forget_old()
        self._tell_losses()
        if len(self._assembly):
            asyncio.get_running_loop().call_later(MOST_WAITING_SECONDS, self._forget_old_parts)

    def _tell_losses(self) -> None:
        if self._assembly.lost:
            self._assembly.lost = 0
            self.on_missed()
