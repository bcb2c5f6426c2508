"""Work that views of this app put into the queue."""

from pathlib import Path

from tests.process.beside.log import note


def fail_once(mark: str) -> None:
    """Fails the first time: then there is no such file, and it leaves one."""
    if Path(mark).exists():
        note("fail_once is done")
        return
    Path(mark).touch()
    raise OSError("no paper at first")
