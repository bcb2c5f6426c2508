"""The table of windows that all processes of a machine count in: a file of fixed size, mapped into memory.

A slot is four numbers: its key, two that say what it holds, and the epoch it belongs to. Whoever resets the
limits begins another epoch, and all older slots are free. Each number is written by one store and the epoch
last, so a process that is killed half-way leaves a slot that is free, or one that is right.
"""

import fcntl
import os
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from mmap import mmap
from pathlib import Path

from system_app.limits.machine_lock import MachineLock

_WORD = 8
_HEADER_WORDS = 8
_FORMAT, _EPOCH, _COUNTED, _SAVED, _SECRET = range(5)
_THIS_FORMAT = 0x6A6F6579_00000001  # "joey", and a number for this layout
_SLOT_WORDS, _BUCKET_SLOTS = 4, 8
_BUCKET_WORDS = _SLOT_WORDS * _BUCKET_SLOTS
# Of limiters there are a few for each collection; windows are as many as addresses that call just now.
_RULE_BUCKETS, _WINDOW_BUCKETS = 1024, 8192
_RULES_AT = _HEADER_WORDS
_WINDOWS_AT = _RULES_AT + _RULE_BUCKETS * _BUCKET_WORDS
_WORDS = _WINDOWS_AT + _WINDOW_BUCKETS * _BUCKET_WORDS
SIZE_BYTES = _WORDS * _WORD
_WORDS_CLEANED_AT_ONCE = 256 * _BUCKET_WORDS
# Processes read the clock a moment before it is their turn.
_CLOCK_SLACK_SECONDS = 60
_FOREVER = 2**62


def _never() -> bool:
    return False


class OtherEpoch(Exception):
    """The limits were reset: what was known of the table is not true any more."""


@dataclass(slots=True)
class Window:
    """One address at one limiter in one epoch: its key, its rule, and where it was found last."""

    key: int
    most: int
    seconds: int
    epoch: int
    at: int = _WINDOWS_AT


class RateTable:
    """The table in the file `path`, made if there is none. Any thread may call. Raises OSError.

    `is_alone` says whether no other process counts just now.
    """

    def __init__(self, path: Path, is_alone: Callable[[], bool] = _never) -> None:
        self.path = path
        self._is_alone = is_alone
        self._open()

    def _open(self) -> None:
        with _one_process_at_a_time(self.path.parent):
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            if not _is_table(descriptor):
                os.close(descriptor)
                descriptor = _make(self.path)
        self._mapped = mmap(descriptor, SIZE_BYTES)
        self._words = memoryview(self._mapped).cast("q")
        self._descriptor = descriptor
        self._lock = MachineLock(descriptor, self._is_alone)
        self._secret = self._words[_SECRET].to_bytes(_WORD, "little", signed=True)

    def close(self) -> None:
        self._words.release()
        self._mapped.close()
        os.close(self._descriptor)

    def open_again(self) -> None:
        """In the child of a fork, whose descriptor is its parent's, and so is the lock."""
        self.close()
        self._open()

    # --- counting

    @property
    def epoch(self) -> int:
        return self._words[_EPOCH]

    def key_of(self, text: str) -> int:
        """What a slot is found by; nobody outside can tell which texts meet in one bucket."""
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_WORD, key=self._secret).digest()
        return int.from_bytes(digest, "little", signed=True)

    def rule(self, key: int, most: int, seconds: int) -> tuple[int, int]:
        """The rule of a limiter, `(requests, seconds)`: the given one, unless it has one in this epoch."""
        words = self._words
        with self._lock:
            epoch = words[_EPOCH]
            words[_COUNTED] = epoch
            start = _RULES_AT + key % _RULE_BUCKETS * _BUCKET_WORDS
            free = start  # in a bucket that is full the first one goes
            for at in range(start, start + _BUCKET_WORDS, _SLOT_WORDS):
                if words[at + 3] != epoch:
                    free = at
                elif words[at] == key:
                    return words[at + 1], words[at + 2]
            self._put(free, key, most, seconds, epoch)
            return most, seconds

    def take(self, window: Window, now: int) -> bool:
        """Use up one request; False when none is left. `now` in seconds since 1970.

        Raises OtherEpoch when that of the window is over.
        """
        words, at = self._words, window.at
        with self._lock.at(now):
            epoch = words[_EPOCH]
            if epoch != window.epoch:
                raise OtherEpoch
            if words[at] != window.key or words[at + 3] != epoch:
                at = window.at = self._found(window.key, epoch, now)
            ends_at, left = words[at + 1], words[at + 2]
            # What ends much later than a window that begins now is of a clock that was set back.
            if now >= ends_at or ends_at > now + window.seconds + _CLOCK_SLACK_SECONDS:
                left = window.most
                words[at + 2] = left
                words[at + 1] = min(now + window.seconds, _FOREVER)
            if left <= 0:
                return False
            words[at + 2] = left - 1
            return True

    def _found(self, key: int, epoch: int, now: int) -> int:
        """Where the window is, or is from now on."""
        words = self._words
        start = _WINDOWS_AT + key % _WINDOW_BUCKETS * _BUCKET_WORDS
        for at in range(start, start + _BUCKET_WORDS, _SLOT_WORDS):
            if words[at] == key and words[at + 3] == epoch:
                return at
        at = self._room(start, epoch, now)
        self._put(at, key, now, 0, epoch)
        return at

    def _room(self, start: int, epoch: int, now: int) -> int:
        """The slot of a bucket that is free, or whose client has most left: no crowd frees who is refused."""
        words = self._words
        best, most_left = start, -1
        for at in range(start, start + _BUCKET_WORDS, _SLOT_WORDS):
            if words[at + 3] != epoch or words[at + 1] <= now:
                return at
            if words[at + 2] > most_left:
                best, most_left = at, words[at + 2]
        return best

    def _put(self, at: int, key: int, first: int, second: int, epoch: int) -> None:
        words = self._words
        words[at + 3] = 0
        words[at], words[at + 1], words[at + 2] = key, first, second
        words[at + 3] = epoch

    # --- beside counting

    @property
    def has_counted(self) -> bool:
        """Whether anything was counted since the last reset."""
        return self._words[_COUNTED] == self._words[_EPOCH]

    def mark_counted(self) -> None:
        """Something was, elsewhere."""
        self._words[_COUNTED] = self._words[_EPOCH]

    def reset(self, saved: str) -> None:
        """Begin anew for settings saved at this moment, unless another process has done so."""
        mark = self.key_of(saved)
        with self._lock:
            if self._words[_SAVED] != mark:
                self._words[_SAVED] = mark
                self._words[_EPOCH] += 1

    def begin_anew(self) -> None:
        with self._lock:
            self._words[_EPOCH] += 1

    def clean(self, over_before: int) -> int:
        """Free the slots of windows that were over then, in seconds since 1970; returns how many."""
        words, freed = self._words, 0
        for first in range(_WINDOWS_AT, _WORDS, _WORDS_CLEANED_AT_ONCE):
            with self._lock:
                for at in range(first, first + _WORDS_CLEANED_AT_ONCE, _SLOT_WORDS):
                    if words[at + 3] and words[at + 1] < over_before:
                        words[at + 3] = 0
                        freed += 1
        return freed


@contextmanager
def _one_process_at_a_time(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_table(descriptor: int) -> bool:
    return os.fstat(descriptor).st_size == SIZE_BYTES and os.pread(descriptor, _WORD, 0) == _bytes(
        _THIS_FORMAT
    )


def _make(path: Path) -> int:
    """The descriptor of an empty table in place of what is there.

    As another file: one that is mapped must not become shorter. Every byte is written: to touch a page that
    the disk has no room for ends a process. Raises OSError.
    """
    new = path.with_name(f"{path.name}.new")
    secret = int.from_bytes(os.urandom(_WORD), "little", signed=True)
    header = _bytes(_THIS_FORMAT, 1, 0, 0, secret)
    try:
        new.write_bytes(header + bytes(SIZE_BYTES - len(header)))
        new.chmod(0o600)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    return os.open(path, os.O_RDWR)


def _bytes(*words: int) -> bytes:
    return array("q", words).tobytes()
