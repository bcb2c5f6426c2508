"""Which backups were found to be good, or not: in a row of `_params`, so that all processes know.

A verdict is about one file: another one under the same name, of another size or time, has none.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from platform_app.database.dates import as_stored, now
from platform_app.database.transactions import unit_of_work
from system_app.backups.checking import Contents
from system_app.backups.places import Backup, backup_place
from system_app.models import Param

ROW_ID = "backupVerdicts"
# The newest; others are looked at again.
KEPT = 200


@dataclass(frozen=True)
class Verdict:
    """What a look at a backup found; `problem` is "" for one that can be restored."""

    problem: str = ""
    moment: str = ""
    files: int = 0
    collections: int = 0
    records: int = 0
    missing_files: int = 0

    @property
    def is_good(self) -> bool:
        return not self.problem

    @classmethod
    def of(cls, contents: Contents) -> Self:
        return cls(
            files=contents.files,
            collections=contents.collections,
            records=contents.records,
            missing_files=len(contents.missing_files),
        )


def keep_verdict(key: str, verdict: Verdict) -> None:
    """Remember it for the backup as it is now; nothing happens when there is none any more.

    Not for several at once: whoever looks at a backup has taken its turn.
    """
    try:
        about = _identity(backup_place().attributes(key))
    except OSError:
        return
    moment = now()
    with unit_of_work():
        rest = [one for one in _stored() if one["key"] != key]
        kept = [{**about, **asdict(replace(verdict, moment=moment))}, *rest][:KEPT]
        values = {"value": json.dumps(kept), "updated": moment}
        Param.objects.update_or_create(
            id=ROW_ID, defaults=values, create_defaults={**values, "created": moment}
        )


def verdicts_of(backups: Iterable[Backup]) -> dict[str, Verdict]:
    """What is known of these backups, by their keys, in one query."""
    stored = {one["key"]: one for one in _stored()}
    found = {}
    for backup in backups:
        about = _identity(backup)
        one = stored.get(backup.key, {})
        if about.items() <= one.items():
            found[backup.key] = Verdict(**{name: one[name] for name in one.keys() - about.keys()})
    return found


def _identity(backup: Backup) -> dict[str, Any]:
    return {"key": backup.key, "size": backup.size_bytes, "modified": as_stored(backup.modified)}


def _stored() -> list[dict[str, Any]]:
    value = Param.objects.filter(id=ROW_ID).values_list("value", flat=True).first()
    stored: list[dict[str, Any]] = json.loads(value) if value else []
    return stored
