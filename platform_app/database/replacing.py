"""Replacing the data directory's content by another one, such as that of a backup, when nobody uses it.

Processes that use the directory hold a lock on it, which ends with them. A replacement is ordered while they
serve (`order_replacement`): its content lies ready below the directory, and a journal says so. They see that
and start anew; the first one to have the directory for itself carries the order out (`settle`): it moves the
old content aside and the new one in, and opens it. What cannot be moved or opened is undone, and so is what a
process has begun that was killed: the next one to start finds the journal and puts the old content back.

Reference: core/base_backup.go (RestoreBackup) and tools/osutils/dir.go, PocketBase v0.39.11, whose only
process moves the directories below itself.
"""

import errno
import fcntl
import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from django.conf import settings
from django.db import connections

logger = logging.getLogger(__name__)

JOURNAL = ".joey_restore.json"
_COMING_JOURNAL = f"{JOURNAL}.new"
IN_USE = ".joey_in_use.lock"
# By which backups and restores take turns (system_app/backups/turns.py).
TURN = ".joey_backup.lock"
# What server processes count in together (system_app/limits/counting.py).
RATE_LIMITS = ".joey_rate_limits"
# Of running processes: these stay where they are, and are in no backup.
OF_PROCESSES = (JOURNAL, _COMING_JOURNAL, IN_USE, TURN, RATE_LIMITS, f"{RATE_LIMITS}.new", ".bus")

NEW, OLD, _GONE = "new", "old", "gone"
_PARTIAL = ".partial"
# Those who use the directory end what they do, and then start anew.
PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.05
# What a rename says of other devices, mount points, and folders of a mount point that stays.
_NO_RENAME = frozenset({errno.EXDEV, errno.EBUSY, errno.ENOTEMPTY, errno.EEXIST})

State = Literal["ready", "moving", "opening"]


class CannotUndo(Exception):
    """The old content could not be put back in its place; the message says where it is."""


@dataclass(frozen=True)
class Order:
    """What is to be done: `folder`, a path in the data directory, has the new content and takes the old one.

    `name` is for messages. The entries in `excluded` stay as they are. `entries` are what was in the
    directory when the moves began.
    """

    name: str
    folder: str
    excluded: tuple[str, ...]
    state: State = "ready"
    entries: tuple[str, ...] = ()


class DatabaseElsewhere(Protocol):
    """A database that is not a file of the data directory, and is replaced together with its files."""

    def put_in(self, new: Path) -> None:
        """Take the database that lies in `new`, all of it or nothing, and keep the old one."""

    def put_back(self, new: Path) -> None:
        """Have the old one again, if that one has been taken."""

    def let_go(self, new: Path) -> None:
        """The old one is not needed any more."""


@dataclass(frozen=True)
class Said:
    """What was said of a replacement, at a level of `logging`."""

    level: int
    text: str
    moment: datetime


class _Process:
    """The lock by which this process says that it uses the directory, and the database beside it, if any.

    And what it said of an order that it carried out: the log is a file of the directory.
    """

    descriptor: int | None = None
    folder: Path | None = None
    database: DatabaseElsewhere | None = None
    said: tuple[Said, ...] = ()


_process = _Process()


def take_said() -> tuple[Said, ...]:
    """What this process has said of replacements since it was last asked."""
    said, _process.said = _process.said, ()
    return said


def _say(level: int, text: str) -> None:
    logger.log(level, "%s", text)
    _process.said += (Said(level, text, datetime.now(UTC)),)


def register_database(database: DatabaseElsewhere | None) -> None:
    """Say what else is to be replaced with the files; None for a database that is among them."""
    _process.database = database


def order_replacement(order: Order) -> None:
    """Have the content replaced as soon as nobody uses the directory."""
    os.sync()  # of what lies ready, nothing may be missing if the machine stops
    _write(_root(), order)


def is_ordered() -> bool:
    """Whether there is an order, or one is being carried out; cheap enough to be asked often."""
    # Not by pathlib: every process asks twice a second.
    return os.path.exists(f"{settings.JOEY_DATA_DIR}/{JOURNAL}")  # noqa: PTH110


def settle(open_new: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> str | None:
    """Use the data directory from now on; what is ordered is carried out before.

    Returns None when this process had nothing to carry out, "" when it did, and else why the old content
    stays, which is logged as well. `open_new` opens what has been moved in, and raises what is wrong with it.
    An order for which nobody makes way in so many seconds is dropped. Raises OSError, and CannotUndo.
    """
    root = _root()
    if _process.folder == root or not root.is_dir():
        return None
    release()
    descriptor = os.open(root / IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        outcome = _wait_and_carry_out(root, descriptor, open_new, seconds)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except BaseException:
        os.close(descriptor)
        raise
    _process.descriptor, _process.folder = descriptor, root
    if outcome:
        _say(logging.ERROR, outcome)
    return outcome


def release() -> None:
    """Use the data directory no more; connections to databases in it must be closed."""
    if _process.descriptor is not None:
        os.close(_process.descriptor)
    _process.descriptor = _process.folder = None


def _root() -> Path:
    return Path(settings.JOEY_DATA_DIR)


def _wait_and_carry_out(
    root: Path, descriptor: int, open_new: Callable[[], object], seconds: float
) -> str | None:
    deadline = time.monotonic() + seconds
    while (order := _read(root)) is not None:
        if _has_alone(descriptor):
            if (order := _read(root)) is None:
                return None
            connections.close_all()
            return _Replacement(root, order).carry_out(open_new)
        if time.monotonic() > deadline:
            (root / JOURNAL).unlink(missing_ok=True)
            return f"The restore of {order.name} is given up: another process goes on using {root}."
        time.sleep(_PAUSE_SECONDS)
    return None


def _has_alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.EACCES}:
            return False
        raise
    return True


class _Replacement:
    """One order on its way. Whatever stops it, the journal and the folders say how far it came."""

    def __init__(self, root: Path, order: Order) -> None:
        self._root = root
        self._order = order
        self._new, self._old, self._gone = (root / order.folder / name for name in (NEW, OLD, _GONE))

    def carry_out(self, open_new: Callable[[], object]) -> str:
        """Returns why the old content is back, or ""."""
        if self._order.state != "ready":
            self._undo()
            return f"The restore of {self._order.name} was cut short: the old data is back."
        try:
            self._move()
            open_new()
        except Exception as error:  # noqa: BLE001 - whatever it is, the old content is good
            connections.close_all()
            self._undo()
            return f"The restore of {self._order.name} failed, and the old data is back: {error}"
        self._end()
        if _process.database is not None:
            _process.database.let_go(self._new)
        _say(logging.INFO, f"The data is that of {self._order.name} now.")
        return ""

    def _move(self) -> None:
        self._note(replace(self._order, state="moving", entries=tuple(self._entries(self._root))))
        self._old.mkdir(mode=0o700, exist_ok=True)
        for name in self._order.entries:
            _move(self._root / name, self._old / name, self._gone)
        for name in self._entries(self._new):
            _move(self._new / name, self._root / name, self._gone)
        if _process.database is not None:
            _process.database.put_in(self._new)
        _sync(self._root)
        self._note(replace(self._order, state="opening"))

    def _undo(self) -> None:
        """Put the old content back. What is not complete among it is still in its place."""
        try:
            if _process.database is not None:
                _process.database.put_back(self._new)
            for name in self._entries(self._root):
                if name not in self._order.entries or (self._old / name).exists():
                    # What came in, and what it was opened with: SQLite's log must not meet another database.
                    _discard(self._root / name, self._gone)
            for name in self._entries(self._old):
                if not name.endswith(_PARTIAL):
                    _move(self._old / name, self._root / name, self._gone)
            _sync(self._root)
        except Exception as error:
            raise CannotUndo(
                f"The restore of {self._order.name} failed, and the old data in {self._old} cannot be moved "
                f"back to {self._root}: {error}"
            ) from error
        self._end()

    def _end(self) -> None:
        for name in (JOURNAL, _COMING_JOURNAL):
            (self._root / name).unlink(missing_ok=True)
        _sync(self._root)

    def _note(self, order: Order) -> None:
        _write(self._root, order)
        self._order = order

    def _entries(self, folder: Path) -> list[str]:
        """What there is to be moved; the databases' logs go with them, whatever was said."""
        top = Path(self._order.folder).parts[0]
        staying = {*self._order.excluded, *OF_PROCESSES, top}
        try:
            return sorted(path.name for path in folder.iterdir() if path.name not in staying)
        except FileNotFoundError:
            return []


def _move(source: Path, target: Path, gone: Path) -> None:
    """Move an entry: by its name, or else as a copy, which has its name when it is complete."""
    try:
        source.rename(target)
    except FileNotFoundError:
        return  # a side file of SQLite's that went with the last connection
    except OSError as error:
        if error.errno not in _NO_RENAME:
            raise
        _say(logging.WARNING, f"{source} is on another device than {target}, so it is copied.")
        _copy(source, target)
        _discard(source, gone)


def _copy(source: Path, target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        # A mount point, which is there whatever is in it.
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        return
    partial = target.with_name(target.name + _PARTIAL)
    if partial.is_dir():
        shutil.rmtree(partial)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, partial, symlinks=True)
    else:
        shutil.copy2(source, partial, follow_symlinks=False)
    partial.rename(target)


def _discard(path: Path, gone: Path) -> None:
    """Have an entry out of the way, at once if that can be."""
    gone.mkdir(mode=0o700, exist_ok=True)
    try:
        path.rename(gone / f"{path.name}_{time.monotonic_ns()}")
        return
    except OSError as error:
        if error.errno not in _NO_RENAME:
            raise
    if path.is_dir() and not path.is_symlink():
        for child in path.iterdir():
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()
        with suppress(OSError):  # a mount point stays
            path.rmdir()
    else:
        path.unlink()


# --- the journal ------------------------------------------------------------------------------------


def _read(root: Path) -> Order | None:
    try:
        members = json.loads((root / JOURNAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Order(
        name=members["name"],
        folder=members["folder"],
        excluded=tuple(members["excluded"]),
        state=members["state"],
        entries=tuple(members["entries"]),
    )


def _write(root: Path, order: Order) -> None:
    coming = root / _COMING_JOURNAL
    with coming.open("w", encoding="utf-8") as file:
        json.dump(asdict(order), file)
        file.flush()
        os.fsync(file.fileno())
    coming.rename(root / JOURNAL)
    _sync(root)


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
