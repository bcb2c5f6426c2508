"""A volume of its own for a test, small enough to be filled; root alone may have one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_volume(folder: Path, megabytes: int) -> Iterator[Path]:
    """An empty volume at `folder`, which is made; the test is skipped where nothing may be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() or mount is None or umount is None:
        pytest.skip("needs root")
    options = f"size={megabytes}m"
    made = subprocess.run(  # noqa: S603 - a volume of our own
        [mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("this machine mounts nothing")
    try:
        yield folder
    finally:
        subprocess.run([umount, "-l", str(folder)], check=True)  # noqa: S603 - as above


def remount(folder: Path, how: str) -> None:
    """`ro` makes the volume read-only, `rw` lets it be written to again."""
    mount = shutil.which("mount") or ""
    subprocess.run([mount, "-o", f"remount,{how}", str(folder)], check=True)  # noqa: S603 - our own


@contextmanager
def filled(filler: Path) -> Iterator[None]:
    """While the block runs, the file `filler` takes all that is left of its volume."""
    try:
        # The last bytes, too: a block of any size may be the one that somebody else needs.
        for size in (1024 * 1024, 4096, 1):
            with filler.open("ab", buffering=0) as file:
                try:
                    while file.write(b"x" * size) == size:
                        pass
                except OSError:
                    continue
        yield
    finally:
        filler.unlink()
