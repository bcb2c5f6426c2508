"""The data directory as a place: whose its files are, who else reads them, room, clock, leftovers."""

import os
import pwd
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IROTH, S_IWOTH, S_IXOTH

from django.conf import settings
from django.db import DatabaseError, connections

from platform_app.database.dates import in_seconds
from platform_app.database.replacing import JOURNAL
from platform_app.database.routers import log_database
from platform_app.database.secret_key import FILE_NAME
from system_app.backups.room import room_bytes
from system_app.backups.temporary import PARTIAL_BACKUPS, TEMPORARY
from system_app.backups.turns import running
from system_app.examining.finding import Finding

# In this order, and the first of them stands for what comes after it.
_GUARDED = ("data.db", "auxiliary.db", FILE_NAME, "storage", "backups")
_SIDE_FILES = ("-wal", "-shm")
_LITTLE_PART = 0.1
# What clocks may differ by before it is worth a word.
_LEEWAY_SECONDS = 300
_HOUR_SECONDS = 3600


def permissions() -> Iterator[Finding]:
    root = Path(settings.JOEY_DATA_DIR)
    read = [name for name in _GUARDED if _others_may(root / name, S_IROTH)]
    if read:
        yield Finding(
            "Permissions",
            f"every user of this machine can read {', '.join(read)}",
            "warning",
            f"chmod -R o-rwx {root}",
        )
    # What is in the other two is code that the server runs.
    for path in (root, Path(settings.JOEY_MIGRATIONS_DIR), Path(settings.JOEY_HOOKS_DIR)):
        if _others_may(path, S_IWOTH):
            yield Finding(
                "Permissions", f"every user of this machine can change {path}", "wrong", f"chmod o-w {path}"
            )
    if not read:
        yield Finding("Permissions", "no other user of this machine can read the data")


def owners() -> Iterator[Finding]:
    """A command that root runs leaves files behind that the server cannot write to."""
    root = Path(settings.JOEY_DATA_DIR)
    owner = root.stat().st_uid
    names = [name + side for name in ("data.db", "auxiliary.db") for side in ("", *_SIDE_FILES)]
    others = [name for name in names if (root / name).exists() and (root / name).stat().st_uid != owner]
    name = _user_name(owner)
    if others:
        yield Finding(
            "Owner",
            f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} not {name}'s, whose the directory is",
            "wrong",
            f"chown -R {name} {root}",
        )
    if os.geteuid() == 0 and owner != 0:
        yield Finding(
            "Owner",
            f"this command runs as root, and the directory is {name}'s",
            "warning",
            f"what commands of root make the server may be unable to write to: runuser -u {name} -- ...",
        )
    elif owner == 0:
        yield Finding(
            "Owner",
            "the directory is root's, so the server runs as root",
            "warning",
            "give the server a user of its own, as deploy/joey.service does",
        )


def room() -> Iterator[Finding]:
    root = Path(settings.JOEY_DATA_DIR)
    usage = shutil.disk_usage(root)
    text = f"{_megabytes(usage.free)} of {_megabytes(usage.total)} are free"
    needed = sum(path.stat().st_size for path in root.glob("*.db*"))
    if room_bytes(root) <= 0:
        yield Finding("Room", text, "wrong", f"make room on the disk of {root}: soon nothing can be written")
    elif room_bytes(root) < needed:
        yield Finding(
            "Room",
            text,
            "warning",
            f"a backup needs {_megabytes(needed)} for a copy of the databases: make room",
        )
    elif usage.free < usage.total * _LITTLE_PART:
        yield Finding("Room", text, "warning", f"make room on the disk of {root} in time")
    else:
        yield Finding("Room", text)


def clock() -> Iterator[Finding]:
    """Entries of the log, and backups, from a time that has not come yet."""
    latest = in_seconds(_LEEWAY_SECONDS)
    logs = connections[log_database()]
    try:
        with logs.cursor() as cursor:
            cursor.execute('SELECT max("created") FROM "_logs"')
            newest = cursor.fetchone()[0] or ""
    except DatabaseError:
        newest = ""  # a new directory has no log yet
    told = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    backups = Path(settings.JOEY_BACKUPS_DIR)
    limit = time.time() + _LEEWAY_SECONDS
    to_come = ["an entry of the log"] if newest > latest else []
    to_come += ["a backup" for path in backups.glob("*.zip") if path.stat().st_mtime > limit][:1]
    if to_come:
        yield Finding(
            "Clock",
            f"{told}, and {' and '.join(to_come)} of a time to come",
            "warning",
            "the clock was set back, or was wrong before: let it follow a time server",
        )
    else:
        yield Finding("Clock", told)


def leftovers() -> Iterator[Finding]:
    """What was cut short. A server removes it when it starts, unless something is under way."""
    root = Path(settings.JOEY_DATA_DIR)
    if (root / JOURNAL).exists():
        yield Finding(
            "Leftovers",
            "a restore waits for the servers to start anew, or was cut short",
            "warning",
            "restart the server: it is carried out, or undone",
        )
        return
    found = [
        *root.glob(f"{TEMPORARY}/*"),
        *Path(settings.JOEY_BACKUPS_DIR).glob(PARTIAL_BACKUPS),
        *Path(settings.JOEY_STORAGE_DIR).glob(".kept*"),
    ]
    limit = time.time() - _HOUR_SECONDS
    old = [str(path.relative_to(root)) for path in found if path.lstat().st_mtime < limit]
    if old and running() is None:
        yield Finding(
            "Leftovers",
            f"{', '.join(old)}: of a backup or restore that was cut short",
            "warning",
            "restart the server, or make a backup: both remove it",
        )


def _others_may(path: Path, bit: int) -> bool:
    """Whether others have this permission, and can come so far."""
    try:
        return bool(path.stat().st_mode & bit) and all(
            folder.stat().st_mode & S_IXOTH for folder in path.resolve().parents
        )
    except OSError:
        return False


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:,.0f} MB"
