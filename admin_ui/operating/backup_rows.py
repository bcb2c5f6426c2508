"""What the list of backups shows: all of them, what a look at each found, and what the schedule will do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from admin_ui.operating.cron_words import words_of
from platform_app.runtime_settings.current import current
from system_app.backups.places import Backup, backup_place
from system_app.backups.retention import Retention
from system_app.backups.turns import Running, running
from system_app.backups.verdicts import Verdict, verdicts_of
from system_app.crons.schedule import InvalidCron, Schedule

# So many boxes are drawn at most.
_MOST_BOXES = 60


@dataclass(frozen=True)
class BackupRow:
    backup: Backup
    verdict: Verdict | None
    is_busy: bool


@dataclass(frozen=True)
class BackupList:
    """All of them, the newest first; `problem` is why they cannot be listed."""

    rows: tuple[BackupRow, ...]
    running: Running | None
    retention: Retention
    schedule: str
    is_remote: bool
    problem: str = ""

    @property
    def size_bytes(self) -> int:
        return sum(row.backup.size_bytes for row in self.rows)

    @property
    def schedule_words(self) -> str:
        return words_of(self.schedule)

    @property
    def boxes(self) -> list[str]:
        """One for each backup by the schedule, the oldest first, and one for the next."""
        staying, going = len(self.retention.staying), len(self.retention.going)
        next_one = ["next"] if self.retention.next_run else []
        return [*["goes"] * going, *["stays"] * staying, *next_one][-_MOST_BOXES:]


def read_backups(now: datetime) -> BackupList:
    """As they are now. The verdicts are one query; a bucket is asked once."""
    settings = current().data["backups"]
    problem, found, is_remote = "", list[Backup](), False
    try:
        place = backup_place()
        is_remote = place.is_remote
        found = sorted(place.list(), key=lambda one: one.modified, reverse=True)
    except OSError as error:
        problem = str(error)
    schedule = settings["cron"]
    next_run = _next_run(schedule, now)
    retention = Retention.of(found, next_run=next_run, most=settings["cronMaxKeep"])
    busy = running()
    verdicts: Mapping[str, Verdict] = verdicts_of(found)
    rows = tuple(
        BackupRow(one, verdicts.get(one.key), is_busy=busy is not None and busy.key == one.key)
        for one in found
    )
    return BackupList(rows, busy, retention, schedule, is_remote, problem)


def _next_run(schedule: str, now: datetime) -> datetime | None:
    try:
        return Schedule.parse(schedule).next_after(now) if schedule else None
    except InvalidCron:
        return None
