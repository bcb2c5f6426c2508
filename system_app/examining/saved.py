"""Backups: whether there are any, how old the newest is, and whether one fault takes them with the data."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from platform_app.runtime_settings.current import current
from system_app.backups.places import Backup, backup_place
from system_app.crons.schedule import Schedule
from system_app.examining.finding import Finding

_OLD = timedelta(days=7)
# A backup that takes longer than this after its minute is late.
_PATIENCE = timedelta(hours=2)
_MINUTE = timedelta(minutes=1)
_MINUTES_A_WEEK = 7 * 24 * 60


def backups() -> Iterator[Finding]:
    """Those on this machine; a bucket is asked by `asking.buckets`."""
    if current().backups_s3.enabled:
        yield Finding("Backups", "in a bucket; `doctor --ask` looks there")
        return
    yield from age_of(list(backup_place().list()))
    yield from _place()


def age_of(found: list[Backup]) -> Iterator[Finding]:
    now = datetime.now(UTC)
    newest = max((backup.modified for backup in found), default=None)
    expression = current().data["backups"]["cron"]
    if newest is None and not expression:
        yield Finding(
            "Backups",
            "none, and none to come",
            "warning",
            "set backups.cron in the settings, such as 0 3 * * *, or run manage.py backup create",
        )
        return
    due = _last_due(expression, now - _PATIENCE) if expression else None
    text = "none yet" if newest is None else f"{len(found)}, the newest of {newest:%Y-%m-%d %H:%M} UTC"
    if due is not None and (newest is None or newest < due):
        yield Finding(
            "Backups",
            f"{text}; that of {due:%Y-%m-%d %H:%M} UTC is missing",
            "warning",
            "manage.py logs tail --level error says why, unless no server ran then",
        )
    elif not expression and newest is not None and newest < now - _OLD:
        yield Finding(
            "Backups",
            text,
            "warning",
            "set backups.cron in the settings, so that they are made by themselves",
        )
    else:
        yield Finding("Backups", text)


def _place() -> Iterator[Finding]:
    data, folder = Path(settings.JOEY_DATA_DIR), Path(settings.JOEY_BACKUPS_DIR)
    if not folder.exists() or folder.stat().st_dev == data.stat().st_dev:
        yield Finding(
            "Backups",
            "on the disk that the data is on",
            "warning",
            "what takes the disk takes both: name a bucket in backups.s3, mount another volume at "
            f"{folder}, or copy them elsewhere",
        )
    else:
        yield Finding("Backups", "on another disk than the data")


def tools() -> Iterator[Finding]:
    """How a backup of PostgreSQL is made."""
    if connection.vendor == "sqlite":
        return
    from system_app.backups.postgresql_tools import tools_are_there

    if tools_are_there():
        yield Finding("Backups", "by pg_dump")
    else:
        yield Finding(
            "Backups",
            "without logs: pg_dump, pg_restore or psql are not there, or too old",
            "warning",
            "install PostgreSQL's client programs, of the server's version or newer",
        )


def _last_due(expression: str, until: datetime) -> datetime | None:
    """The last minute of the past week in which the schedule has one made; None: none is so recent."""
    schedule = Schedule.parse(expression)
    moment = until.replace(second=0, microsecond=0)
    for _ in range(_MINUTES_A_WEEK):
        if schedule.is_due(moment):
            return moment
        moment -= _MINUTE
    return None
