"""`manage.py migrate`: Django's own, which understands PocketBase's words, and says what can go wrong."""

import importlib
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db.migrations.exceptions import NodeNotFoundError

from collections_app.migrating.files import (
    applied_in_order,
    conflict_message,
    file_names,
    leaf_names,
    write_migration,
)
from collections_app.migrating.label import LABEL
from collections_app.migration_operations import MigrationRefused
from platform_app.commands import in_one_line

# What PocketBase calls them: `migrate WORD`, where no app is called so.
_WORDS = ("up", "down", "create", "collections", "history-sync")


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        word = options["app_label"]
        is_ours = word in _WORDS and word not in apps.app_configs
        # Code that calls it has its own words for what the database refuses.
        is_called = self._called_from_command_line  # type: ignore[attr-defined]
        with in_one_line() if is_ours or is_called else nullcontext():
            if not is_ours:
                self._migrate(*args, **options)
            elif word == "up":
                self._migrate(*args, **{**options, "app_label": None, "migration_name": None})
            elif word == "down":
                self._go_back(options)
            elif word == "create":
                self._create(options["migration_name"])
            else:
                call_command("collections", "snapshot" if word == "collections" else word)

    def _migrate(self, *args: Any, **options: Any) -> None:
        leaves = leaf_names(file_names())
        if len(leaves) > 1:
            raise CommandError(conflict_message(leaves))
        # A new data directory may begin here, as it may with `serve`.
        Path(settings.JOEY_DATA_DIR).mkdir(parents=True, exist_ok=True)
        # This process may have looked into the folder before it existed.
        importlib.invalidate_caches()
        try:
            super().handle(*args, **options)
        except MigrationRefused as error:
            raise CommandError(str(error)) from error
        except NodeNotFoundError as error:
            if error.node[0] != LABEL:
                raise
            raise CommandError(
                f"{error} Restore that file, or let the one that names it follow another."
            ) from error

    def _go_back(self, options: dict[str, Any]) -> None:
        """Take back the last migrations of collections: one, so many, or with a negative number all."""
        count = _count(options["migration_name"])
        applied = applied_in_order()
        going = applied if count < 0 else applied[max(0, len(applied) - count) :]
        if not going:
            self.stdout.write("No migration of collections is applied: there is nothing to take back.")
            return
        staying = applied[: len(applied) - len(going)]
        if options["interactive"]:
            self.stdout.write(f"To be taken back: {', '.join(reversed(going))}.")
            self.stdout.write("Collections and fields that they made go, with all that these hold.")
            if input("Go on? [y/N] ").strip().lower() not in {"y", "yes"}:
                raise CommandError("Nothing was changed.")
        target = staying[-1] if staying else "zero"
        self._migrate(**{**options, "app_label": LABEL, "migration_name": target})

    def _create(self, name: str | None) -> None:
        if name is None or not name.isidentifier():
            raise CommandError("migrate create NAME: a name has letters, digits and _ only.")
        leaves = leaf_names(file_names())
        if len(leaves) > 1:
            raise CommandError(conflict_message(leaves))
        # It follows the last file, which need not be applied here.
        path = write_migration(name, "Written by hand.", [], dependencies=leaves or None)
        self.stdout.write(f"Wrote {path}: fill in its operations, then run `manage.py migrate`.")


def _count(text: str | None) -> int:
    try:
        return int(text or 1)
    except ValueError as error:
        raise CommandError(f"migrate down: expected how many, got {text!r}") from error
