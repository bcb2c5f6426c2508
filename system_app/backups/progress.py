"""How far a backup or restore is: told to who asked for it, and to who watches the dashboard."""

from collections.abc import Callable
from dataclasses import dataclass

from system_app.backups.turns import Work


@dataclass(frozen=True)
class Step:
    """Of the bytes to be read, so many are; `total_bytes` may still grow. At the end there is an outcome."""

    work: Work
    key: str
    done_bytes: int
    total_bytes: int
    outcome: str = ""


Watch = Callable[[Step], object]


def nobody(step: Step) -> None:
    """Watches nothing."""


class Progress:
    """Counts the bytes of one backup or restore, and tells now and then."""

    # A person sees no more than this, and a feed carries no more.
    _EVERY_BYTES = 4 * 1024 * 1024

    def __init__(self, work: Work, key: str, watch: Watch) -> None:
        self._work: Work = work
        self._watch = watch
        self._told_bytes = -self._EVERY_BYTES
        self.key = key
        self.done_bytes = 0
        self.total_bytes = 0

    def expect(self, size_bytes: int) -> None:
        """So much more is to be done."""
        self.total_bytes += size_bytes

    def advance(self, size_bytes: int) -> None:
        self.done_bytes += size_bytes
        if self.done_bytes - self._told_bytes >= self._EVERY_BYTES:
            self._told_bytes = self.done_bytes
            self._tell("")

    def end(self, outcome: str) -> None:
        """`done`, or why not."""
        self._tell(outcome)

    def _tell(self, outcome: str) -> None:
        total = max(self.total_bytes, self.done_bytes)
        self._watch(Step(self._work, self.key, self.done_bytes, total, outcome))
