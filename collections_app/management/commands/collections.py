"""`manage.py collections`: lists, exports and imports them, and looks after their migrations."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from collections_app.catalog import load_catalog
from collections_app.collection import Collection
from collections_app.definitions.definition_json import definition_as_json
from collections_app.definitions.importing import import_collections
from collections_app.migrating.automigrate import recording
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
from platform_app.commands import DataCommand
from platform_app.database.transactions import after_commit, unit_of_work
from platform_app.wire.errors import Invalid, sentences

# Of one installation: the dashboard of the reference leaves them out as well.
_NOT_EXPORTED = ("created", "updated")


class Command(DataCommand):
    help = "List, export and import collections, and look after their migrations in MIGRATIONS_DIR."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="name, type and id of every collection")
        export = actions.add_parser("export", help="write all collections as JSON, without secrets")
        export.add_argument("file", nargs="?", default="-", help="where to; default: what is printed")
        importing = actions.add_parser("import", help="create and update collections from such a file")
        importing.add_argument("file")
        importing.add_argument(
            "--delete-missing",
            action="store_true",
            help="delete the collections and fields that are not in it, with all that they hold",
        )
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
        if action == "list":
            self._list()
        elif action == "export":
            self._export(options["file"])
        elif action == "import":
            self._import(Path(options["file"]), delete_missing=options["delete_missing"])
        elif action == "snapshot":
            self._snapshot(delete_missing=options["delete_missing"])
        elif action == "merge":
            self._merge()
        elif action == "convert":
            self._convert(Path(options["folder"]), all_applied=options["applied"])
        else:
            self._sync_history()

    # --- as JSON ----------------------------------------------------------------------------------------

    def _list(self) -> None:
        collections = sorted(load_catalog().collections, key=lambda one: one.name)
        width = max((len(collection.name) for collection in collections), default=0)
        for collection in collections:
            self.stdout.write(f"{collection.name:<{width}}  {collection.type:<4}  {collection.id}")

    def _export(self, file: str) -> None:
        text = json.dumps(
            [_exported(one) for one in load_catalog().collections], indent=2, ensure_ascii=False
        )
        if file == "-":
            self.stdout.write(text)
            return
        Path(file).write_text(f"{text}\n", encoding="utf-8")
        self.stdout.write(
            self.style.SUCCESS(f"Wrote {len(load_catalog().collections)} collections to {file}.")
        )

    def _import(self, file: Path, *, delete_missing: bool) -> None:
        try:
            items = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise CommandError(f"{file} is not JSON: {error}") from error
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items) or not items:
            raise CommandError(f"{file}: expected a list of collections, as `collections export` writes it.")
        try:
            with recording():
                import_collections(items, delete_missing=delete_missing)
        except Invalid as error:
            said = " ".join(sentences(error.errors))
            raise CommandError(f"Nothing was imported. {said}") from error
        self.stdout.write(self.style.SUCCESS(f"Imported {len(items)} collections."))

    # --- as migrations ----------------------------------------------------------------------------------

    def _snapshot(self, *, delete_missing: bool) -> None:
        leaves = leaf_names(file_names())
        if len(leaves) > 1:
            raise CommandError(conflict_message(leaves))
        with unit_of_work():
            catalog = load_catalog()
            broken = faults(catalog)
            operation = snapshot_operation(catalog.collections, delete_missing=delete_missing, broken=broken)
            path = write_migration("collections_snapshot", "All collections, as they were.", [operation])
            # Applied nowhere and on record nowhere: the next start would apply it.
            after_commit(lambda: None, lambda error: path.unlink(missing_ok=True))
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


def _exported(collection: Collection) -> dict[str, Any]:
    """What an import reads. Without OAuth2's providers, whose secrets it would lack."""
    definition = definition_as_json(collection)
    for name in _NOT_EXPORTED:
        definition.pop(name)
    if "oauth2" in definition:
        del definition["oauth2"]["providers"]  # those that are where it is imported stay
    return definition
