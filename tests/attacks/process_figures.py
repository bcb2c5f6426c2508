"""What a server takes of the machine, its children included (Linux's /proc)."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def resident_bytes(pid: int) -> int:
    """The memory of the process and of all that it started; 0 for one that has ended."""
    return sum(_resident(folder) for folder in _family(pid))


def busy_seconds(pid: int) -> float:
    """How long their threads ran or could have run so far: on a busy machine the same work is the same."""
    return sum(_busy_nanoseconds(folder) for folder in _family(pid)) / 1e9


def _family(pid: int) -> Iterator[Path]:
    folder = Path(f"/proc/{pid}")
    try:
        children = (folder / f"task/{pid}/children").read_text().split()
    except OSError:
        return
    yield folder
    for child in children:
        yield from _family(int(child))


def _resident(folder: Path) -> int:
    for line in (folder / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _busy_nanoseconds(folder: Path) -> int:
    busy = 0
    for schedule in folder.glob("task/*/schedstat"):
        with suppress(OSError):  # a thread that has just ended
            ran, waited, _ = schedule.read_text().split()
            busy += int(ran) + int(waited)
    return busy
