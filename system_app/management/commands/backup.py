"""`manage.py backup create | list | restore | verify`: backups without the dashboard."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import connections

from platform_app.commands import DataCommand
from platform_app.database.data_directory import owner_only, use_data_directory
from platform_app.database.replacing import is_ordered, release
from platform_app.wire.errors import sentenize
from system_app.backups.creating import create_backup
from system_app.backups.errors import BackupFailed
from system_app.backups.following import clear_leftovers
from system_app.backups.names import name_errors
from system_app.backups.places import backup_place
from system_app.backups.progress import Step, Watch, nobody
from system_app.backups.restoring import restore_backup
from system_app.backups.telling import tell_log
from system_app.backups.verifying import verify_backup
from system_app.process_hooks import begin_command

_SHOWN = 20


class Command(DataCommand):
    help = "Make, list, check and restore backups, while servers run or not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        create = actions.add_parser("create", help="make a backup")
        create.add_argument(
            "name", nargs="?", default="", help="such as before_upgrade.zip; default: a new one"
        )
        actions.add_parser("list", help="list the backups where the settings say that they are")
        restore = actions.add_parser("restore", help="put a backup in the place of the data")
        restore.add_argument("backup", help="the name of a backup, or the path of a zip file")
        restore.add_argument("--yes", action="store_true", help="do not ask")
        verify = actions.add_parser("verify", help="unpack a backup, and check its databases and files")
        verify.add_argument("backup", help="the name of a backup, or the path of a zip file")

    def handle(self, *args: Any, action: str, verbosity: int, **options: Any) -> None:
        do: dict[str, Callable[[], None]] = {
            "create": lambda: self._create(options["name"], hides_bar=verbosity == 0),
            "list": self._list,
            "restore": lambda: self._restore(
                options["backup"], asks=not options["yes"], hides_bar=verbosity == 0
            ),
            "verify": lambda: self._verify(options["backup"], hides_bar=verbosity == 0),
        }
        try:
            with owner_only():
                begin_command()
                do[action]()
        except BackupFailed as error:
            raise CommandError(sentenize(str(error))) from error

    def _create(self, name: str, *, hides_bar: bool) -> None:
        if name_errors(name):
            raise CommandError("A name has small letters, digits, - and _ only, and ends in .zip.")
        place = backup_place()
        if name and place.exists(name):
            raise CommandError(f"There is a backup {name} already.")
        with self._bar("Making the backup", hidden=hides_bar) as watch:
            key = create_backup(name, watch=watch)
        self.stdout.write(self.style.SUCCESS(f"Made {key} ({place.attributes(key).size_bytes:,} bytes)."))

    def _list(self) -> None:
        found = list(backup_place().list())
        width = max((len(backup.key) for backup in found), default=0)
        for backup in sorted(found, key=lambda one: one.modified):
            self.stdout.write(
                f"{backup.modified:%Y-%m-%d %H:%M:%S}  {backup.key:<{width}}  {backup.size_bytes:>15,}"
            )
        self.stdout.write(f"{len(found):,} backups.")

    def _restore(self, backup: str, *, asks: bool, hides_bar: bool) -> None:
        key, archive = self._named(backup)
        if asks and not self._agrees(key):
            raise CommandError("Nothing was changed.")
        with self._bar("Checking the backup", hidden=hides_bar) as watch:
            restore_backup(key, archive=archive, watch=watch)
        if not is_ordered():
            raise CommandError("A receiver of backup_restore has stopped the restore. Nothing was changed.")
        self.stdout.write("The backup is good. Servers of this data directory start anew now.")
        connections.close_all()
        release()
        outcome = use_data_directory()
        if outcome:
            tell_log()
            raise CommandError(outcome)
        if outcome is None:
            self.stdout.write("A server that started anew carried it out, and says how that went.")
            return
        tell_log()
        clear_leftovers()
        self.stdout.write(self.style.SUCCESS(f"Restored {key}."))

    def _agrees(self, key: str) -> bool:
        self.stdout.write(f"{key} takes the place of all data: records, files, settings and superusers.")
        return input("Restore it? [y/N] ").strip().lower() in {"y", "yes"}

    def _verify(self, backup: str, *, hides_bar: bool) -> None:
        key, archive = self._named(backup)
        with self._bar("Checking the backup", hidden=hides_bar) as watch:
            contents = verify_backup(key, archive=archive, watch=watch)
        inside = f"{contents.collections:,} collections with {contents.records:,} records"
        if not contents.collections:
            inside = "A dump of PostgreSQL, which can be read to its end"
        self.stdout.write(f"{inside}, and {contents.files:,} files.")
        if contents.missing_files:
            self.stdout.write(f"{len(contents.missing_files):,} files that records name are not in it:")
            for name in contents.missing_files[:_SHOWN]:
                self.stdout.write(f"  {name}")
            raise CommandError("The backup can be restored, but not all files are in it.")
        self.stdout.write(self.style.SUCCESS(f"{key} is good."))

    def _named(self, backup: str) -> tuple[str, Path | None]:
        """The name, and the file if the backup is in no place of backups."""
        path = Path(backup)
        if path.name != backup:
            if not path.is_file():
                raise CommandError(f"There is no file {backup}.")
            return path.name, path
        if not backup_place().exists(backup):
            raise CommandError(f"There is no backup {backup}. `manage.py backup list` names them.")
        return backup, None

    @contextmanager
    def _bar(self, what: str, *, hidden: bool) -> Iterator[Watch]:
        """A bar over the bytes, on a terminal only."""
        if hidden or not self.stderr.isatty():
            yield nobody
            return
        from tqdm import tqdm  # only for people who watch

        with tqdm(total=0, unit="B", unit_scale=True, desc=what, leave=False) as bar:

            def show(step: Step) -> None:
                bar.total = step.total_bytes
                bar.update(step.done_bytes - bar.n)

            yield show
