"""`manage.py collections snapshot | merge | convert | history-sync`: about the migrations of collections."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collections_app.catalog import load_catalog
from collections_app.migrating.converting import convert_folder
from collections_app.migrating.files import (
    conflict_message,
    file_names,
    forget_missing,
    leaf_names,
    migrations_folder,
    record_applied,
    write_migration,
)
from collections_app.migrating.refusals import MigrationRefused
from collections_app.migrating.snapshot import faults
from collections_app.migration_operations import snapshot_operation
from platform_app.database.transactions import unit_of_work


class Command(BaseCommand):
    help = "Look after the migrations of collections in MIGRATIONS_DIR."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        snapshot = actions.add_parser("snapshot", help="write all collections into one migration")
        snapshot.add_argument(
            "--delete-missing",
            action="store_true",
            help="where it is applied, delete the collections and fields that are not in it",
        )
        actions.add_parser("merge", help="join migrations that do not know of each other")
        convert = actions.add_parser("convert", help="write PocketBase's migration files as ours")
        convert.add_argument("folder", help="its pb_migrations")
        convert.add_argument(
            "--applied", action="store_true", help="note all of them as applied to this database"
        )
        actions.add_parser("history-sync", help="forget applied migrations whose files are gone")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "snapshot":
            self._snapshot(delete_missing=options["delete_missing"])
        elif action == "merge":
            self._merge()
        elif action == "convert":
            self._convert(Path(options["folder"]), all_applied=options["applied"])
        else:
            self._sync_history()

    def _snapshot(self, *, delete_missing: bool) -> None:
        leaves = leaf_names(file_names())
        if len(leaves) > 1:
            raise CommandError(conflict_message(leaves))
        with unit_of_work():
            catalog = load_catalog()
            broken = faults(catalog)
            operation = snapshot_operation(catalog.collections, delete_missing=delete_missing, broken=broken)
            path = write_migration("collections_snapshot", "All collections, as they were.", [operation])
            record_applied(path)
        for collection in catalog.collections:
            if collection.id in broken:
                self.stderr.write(
                    f"The collection {collection.name} has faults, and will have them where the snapshot is "
                    f"applied: {broken[collection.id]}"
                )
        self.stdout.write(f"Wrote {len(operation.definitions)} collections to {path}")

    def _merge(self) -> None:
        leaves = leaf_names(file_names())
        if len(leaves) < 2:
            self.stdout.write("Nothing to merge.")
            return
        path = write_migration("merged", f"Joins {' and '.join(leaves)}.", [], dependencies=leaves)
        self.stdout.write(f"Wrote {path}; `manage.py migrate` applies what is missing here.")

    def _convert(self, folder: Path, *, all_applied: bool) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a directory.")
        try:
            with unit_of_work():
                conversion = convert_folder(folder, all_applied=all_applied)
        except MigrationRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        written, applied = len(conversion.written), len(conversion.applied)
        self.stdout.write(
            f"Wrote {written} migrations to {migrations_folder()}; {applied} are noted as applied."
        )
        for reading in conversion.left:
            self.stdout.write(f"{reading.path.name} waits to be written by hand: {reading.problem}")

    def _sync_history(self) -> None:
        gone = forget_missing(file_names())
        for name in gone:
            self.stdout.write(f"Forgot {name}")
        self.stdout.write(f"The history agrees with {migrations_folder()}.")
