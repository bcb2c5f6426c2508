"""What this process has published and not sent yet: filled by any thread, emptied by the event loop."""

import threading
from collections import deque

from realtime_app.bus.parts import MOST_MESSAGE_BYTES

# Of one letter. Leaves room for what the layers write around it.
MOST_PAYLOAD_BYTES = MOST_MESSAGE_BYTES - 64 * 1024
# What may wait. It is a lot, as a command may write much faster than a server across a network takes it.
MOST_BYTES = 16 * 1024 * 1024
MOST_LETTERS = 50_000
# What goes as one message: on the road it costs little more than a single letter.
BATCH_BYTES = 48 * 1024
BATCH_LETTERS = 500

# Its number, its kind, and its payload as JSON.
Letter = tuple[int, str, bytes]


class Outbox:
    """Letters are numbered without a gap; one that finds no room leaves a gap, by which the others know."""

    def __init__(self) -> None:
        self.number = 0  # of the last letter
        self._lock = threading.Lock()
        self._letters: deque[Letter] = deque()
        self._size = 0

    def __len__(self) -> int:
        return len(self._letters)

    def put(self, kind: str, data: bytes) -> bool:
        """Whether it was the first one, so that somebody must be woken."""
        with self._lock:
            self.number += 1
            if len(self._letters) >= MOST_LETTERS or self._size + len(data) > MOST_BYTES:
                return False
            # A copy: what orjson makes holds on to 4 KB, however short it is.
            self._letters.append((self.number, kind, memoryview(data).tobytes()))
            self._size += len(data)
            return len(self._letters) == 1

    def skip(self) -> None:
        """A letter that cannot be sent leaves a gap, too."""
        with self._lock:
            self.number += 1

    def take(self) -> list[Letter]:
        """The next ones, in order."""
        batch: list[Letter] = []
        size = 0
        with self._lock:
            while self._letters and len(batch) < BATCH_LETTERS:
                size += len(self._letters[0][2])
                if batch and size > BATCH_BYTES:
                    break
                batch.append(self._letters.popleft())
                self._size -= len(batch[-1][2])
        return batch
