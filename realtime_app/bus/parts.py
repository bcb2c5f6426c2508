"""Messages that are larger than what their road takes at once travel in parts, and are put together again.

The parts of one sender arrive in order, or not at all.
"""

import time
from dataclasses import dataclass, field

import msgpack

MOST_MESSAGE_BYTES = 8 * 1024 * 1024
# What the messages that are not complete yet may hold together, and how long they may take.
MOST_WAITING_BYTES = 4 * MOST_MESSAGE_BYTES
MOST_WAITING_SECONDS = 30.0


class TooLarge(Exception):
    """The message has more than `MOST_MESSAGE_BYTES`."""


class NotAPart(Exception):
    """These bytes are not what `split` makes."""


def split(sender: str, number: int, message: bytes, part_bytes: int) -> list[bytes]:
    """The parts of the sender's message `number`, each a little longer than `part_bytes`. Raises TooLarge."""
    if len(message) > MOST_MESSAGE_BYTES:
        raise TooLarge(f"a message of {len(message)} bytes; the most are {MOST_MESSAGE_BYTES}")
    starts = range(0, max(len(message), 1), part_bytes)
    return [
        msgpack.packb((sender, number, at, len(starts), message[start : start + part_bytes]))
        for at, start in enumerate(starts)
    ]


@dataclass
class _Begun:
    number: int
    of: int
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    began: float = field(default_factory=time.monotonic)


class Assembly:
    """Puts parts together again."""

    def __init__(self) -> None:
        self.lost = 0  # messages of which some parts came, but not all
        self._begun: dict[str, _Begun] = {}
        self._size = 0

    def add(self, part: bytes) -> bytes | None:
        """The whole message, with its last part. Raises NotAPart."""
        try:
            sender, number, at, of, piece = msgpack.unpackb(part)
            if not isinstance(piece, bytes):
                raise NotAPart
        except (ValueError, TypeError, msgpack.UnpackException) as error:
            raise NotAPart from error
        begun = self._begun.get(sender)
        if begun is not None and (begun.number, len(begun.pieces)) != (number, at):
            self.forget(sender)
            begun = None
        if of == 1:
            return piece
        if begun is None:
            if at > 0:
                return None  # its beginning was lost, and counted then
            begun = self._begun[sender] = _Begun(number, of)
        begun.pieces.append(piece)
        begun.size += len(piece)
        self._size += len(piece)
        if len(begun.pieces) == of:
            self._drop(sender)
            return b"".join(begun.pieces)
        if begun.size > MOST_MESSAGE_BYTES or self._size > MOST_WAITING_BYTES:
            self.forget(sender)
        return None

    def forget(self, sender: str) -> None:
        """What it has begun will not be finished."""
        if sender in self._begun:
            self._drop(sender)
            self.lost += 1

    def forget_old(self) -> None:
        limit = time.monotonic() - MOST_WAITING_SECONDS
        for sender in [sender for sender, begun in self._begun.items() if begun.began < limit]:
            self.forget(sender)

    def __len__(self) -> int:
        return len(self._begun)

    def _drop(self, sender: str) -> None:
        self._size -= self._begun.pop(sender).size
