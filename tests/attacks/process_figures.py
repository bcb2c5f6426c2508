"""What a server takes of the machine, its children included (Linux's /proc)."""

import os
from collections.abc import Iterator
from pathlib import Path


def resident_bytes(pid: int) -> int:
    """The memory of the process and of all that it started; 0 for one that has ended."""
    return sum(_resident(folder) for folder in _family(pid))


def cpu_seconds(pid: int) -> float:
    """The processor time that these have used so far."""
    return sum(_ticks(folder) for folder in _family(pid)) / os.sysconf("SC_CLK_TCK")


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


def _ticks(folder: Path) -> int:
    # The name of the process, in parentheses, may hold blanks: what is counted stands after it.
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
