"""Which backups the schedule of the settings is going to make, and which it lets go of for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from system_app.backups.names import AUTO_PREFIX
from system_app.backups.places import Backup


def beyond(backups: Sequence[Backup], most: int) -> list[Backup]:
    """Those by the schedule that are too many, the oldest last; `most` is 0 for no limit.

    Backups that people have named themselves stay.
    """
    return automatic(backups)[most:] if most else []


def automatic(backups: Sequence[Backup]) -> list[Backup]:
    """Those by the schedule, the newest first."""
    ours = [backup for backup in backups if backup.key.startswith(AUTO_PREFIX)]
    return sorted(ours, key=lambda backup: backup.modified, reverse=True)


@dataclass(frozen=True)
class Retention:
    """What is going to happen at `next_run`: None while there is no schedule."""

    next_run: datetime | None
    most: int
    staying: tuple[Backup, ...]
    going: tuple[Backup, ...]

    @classmethod
    def of(cls, backups: Sequence[Backup], *, next_run: datetime | None, most: int) -> "Retention":
        ours = automatic(backups)
        # The new one is among those that stay.
        going = tuple(ours[most - 1 :]) if most and next_run else ()
        return cls(next_run, most, tuple(ours[: len(ours) - len(going)]), going)
