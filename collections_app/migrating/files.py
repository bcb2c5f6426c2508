"""The folder of migration files: what is in it, what comes last, and how a new file gets there.

Files are read as text here and never imported: writing one must stay quick with hundreds beside it.
"""

import os
import re
import time
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from collections_app.migrating.label import LABEL
from collections_app.migrating.text import migration_text

# How a file names another one of this folder, in `dependencies` or `replaces`.
_REFERENCE = re.compile(rf"""\(\s*["']{LABEL}["']\s*,\s*["']([^"']+)["']\s*,?\s*\)""")
# The apps whose migrations make what a project starts with.
_OWN_LABELS = frozenset(
    {"system_app", "collections_app", "auth_app", "files_app", "realtime_app", "admin_ui"}
)
_STAMP = re.compile(r"(\d+)_")


def migrations_folder() -> Path:
    return Path(settings.JOEY_MIGRATIONS_DIR)


def file_names() -> list[str]:
    """The names of the migrations in the folder, sorted; none when it is missing."""
    return sorted(path.stem for path in migrations_folder().glob("*.py") if path.stem[0] not in "_~")


def applied_names() -> set[str]:
    """The names of the migrations that the database has on record, whether their files exist or not."""
    recorder = MigrationRecorder(connection)
    return {name for app, name in recorder.applied_migrations() if app == LABEL}


def applied_in_order() -> list[str]:
    """The same, the one that was applied last at the end."""
    rows = MigrationRecorder(connection).migration_qs.filter(app=LABEL).order_by("pk")
    return list(rows.values_list("name", flat=True))


def leaf_names(names: Iterable[str]) -> list[str]:
    """Which of these migrations no other one of them builds upon: more than one is a conflict."""
    names = set(names)
    return sorted(names - {parent for name in names for parent in parents_of(name)})


def parents_of(name: str) -> set[str]:
    """The migrations of this folder that one names."""
    text = (migrations_folder() / f"{name}.py").read_text(encoding="utf-8")
    return set(_REFERENCE.findall(text)) - {name}


def conflict_message(leaves: Sequence[str]) -> str:
    """What to tell about migrations that do not know of each other, and how to go on."""
    files = "\n".join(f"  {migrations_folder() / name}.py{_builds_upon(name)}" for name in leaves)
    return (
        f"{len(leaves)} migrations of collections do not know of each other, so their order is unknown:\n"
        f"{files}\n"
        "They were probably made on different machines. Read them; when both may run, in any order, write a "
        "migration that joins them:\n"
        "  manage.py collections merge\n"
        "Otherwise delete the one that is not wanted, or make it depend on the other."
    )


def write_migration(
    action: str,
    title: str,
    operations: Sequence[Any],
    *,
    dependencies: Sequence[str] | None = None,
    name: str = "",
) -> Path:
    """Write a new file `{unix}_{action}.py`, or one called `name`; returns its path.

    The stamp is later than that of any other file, so that names are unique and sort in order. Without
    `dependencies` it follows the files that the database has applied, or else Joey's own migrations.
    Call it with the schema locked, or alone. Raises OSError.
    """
    folder = migrations_folder()
    folder.mkdir(parents=True, exist_ok=True)
    names = file_names()
    if dependencies is None:
        dependencies = leaf_names(applied_names().intersection(names))
    followed = [(LABEL, name) for name in dependencies] or _newest_of_our_own()
    path = folder / f"{name or f'{_next_stamp(names)}_{action}'}.py"
    draft = path.with_suffix(".part")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(migration_text(title, followed, operations))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)  # a full disk, which has room for its name only
        raise
    return path


def record_applied(path: Path) -> None:
    """Tell the database that it has what the file says."""
    MigrationRecorder(connection).record_applied(LABEL, path.stem)


def forget_missing(kept: Collection[str]) -> list[str]:
    """Forget the applied migrations other than `kept`; returns their names."""
    recorder = MigrationRecorder(connection)
    gone = sorted(applied_names() - set(kept))
    for name in gone:
        recorder.record_unapplied(LABEL, name)
    return gone


def _builds_upon(name: str) -> str:
    parents = ", ".join(sorted(parents_of(name)))
    return f" (after {parents})" if parents else ""


def _next_stamp(names: Iterable[str]) -> int:
    stamps = [int(match[1]) for name in names if (match := _STAMP.match(name))]
    return max([int(time.time()), *(stamp + 1 for stamp in stamps)])


def _newest_of_our_own() -> list[tuple[str, str]]:
    """Joey's own latest migrations, by app: what the first file builds upon."""
    newest: list[tuple[str, str]] = []
    for config in apps.get_app_configs():
        if config.label in _OWN_LABELS:
            stems = [path.stem for path in Path(config.path, "migrations").glob("0*.py")]
            if stems:
                newest.append((config.label, max(stems)))
    return sorted(newest)
