"""What this process has open, also where it has no name any more."""

from contextlib import suppress
from pathlib import Path


def open_below(folder: Path) -> list[str]:
    """The files below a folder that are open in this process, by the names that they have or had."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            found.append(str(descriptor.readlink()))
    return [name for name in found if name.startswith(f"{folder}/")]
