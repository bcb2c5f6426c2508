"""`manage.py files copy | orphans`: looks after the files of records, in the folder and in the bucket."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.files.storage import storages
from django.core.management.base import CommandError

from collections_app.records.storage import ALIAS, BucketStorage, RecordStorage, record_storage
from files_app.chosen_storage import ChosenRecordStorage
from files_app.orphans import Lost, find_orphans, find_unfinished, is_of_a_record
from platform_app.commands import DataCommand
from platform_app.runtime_settings.current import current
from system_app.backups.places import backup_place
from system_app.copy_feed import told

_SHOWN = 20


class Command(DataCommand):
    help = "Copy the files of records to a bucket or back, or find those that nobody names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        copy = actions.add_parser("copy", help="copy all files to the bucket of the settings, or from it")
        copy.add_argument(
            "--to",
            choices=("s3", "local"),
            required=True,
            help="s3: from the data directory to the bucket of the settings; local: back",
        )
        copy.add_argument(
            "--overwrite", action="store_true", help="replace files of the target that have another content"
        )
        orphans = actions.add_parser("orphans", help="find files without a row, and rows without a file")
        orphans.add_argument("--delete", action="store_true", help="delete the files without a row")

    def handle(self, *args: Any, action: str, verbosity: int, **options: Any) -> None:
        try:
            if action == "copy":
                self._copy(options["to"], overwrite=options["overwrite"], hides_bar=verbosity == 0)
            else:
                self._orphans(deletes=options["delete"])
        except OSError as error:
            raise CommandError(f"The files are out of reach: {error}") from error

    # --- copy -------------------------------------------------------------------------------------------

    def _copy(self, to: Any, *, overwrite: bool, hides_bar: bool) -> None:
        chosen = storages[ALIAS]
        if not isinstance(chosen, ChosenRecordStorage):
            raise CommandError(f"STORAGES[{ALIAS!r}] does not go by the settings.")
        s3 = current().s3
        if not all((s3.endpoint, s3.bucket, s3.region, s3.access_key, s3.secret)):
            raise CommandError("The settings name no bucket: s3.endpoint, bucket, region, accessKey, secret.")
        # Imported late: it takes a while to load.
        from files_app.copying import copy_files
        from files_app.s3_storage import S3RecordStorage

        bucket = S3RecordStorage(s3)
        source = chosen.local if to == "s3" else bucket
        with told(to) as feed, self._progress(lambda: source.list(""), hidden=hides_bar) as progress:

            def count() -> None:
                progress()
                feed.count()

            copied = copy_files(chosen.local, bucket, to, overwrite=overwrite, progress=count)
            feed.finish(copied.counts)
        counts = copied.counts
        self.stdout.write(
            f"Copied {counts['copied']:,} files, checked by size and MD5; "
            f"{counts['there']:,} were there already."
        )
        if counts["gone"]:
            self.stdout.write(f"{counts['gone']:,} were deleted meanwhile.")
        self._show("have another content there, and stay as they are (--overwrite)", copied.different)
        self._show("were not copied", [f"{path}: {reason}" for path, reason in copied.failed])
        if copied.different or copied.failed:
            raise CommandError("Not all files are there. What is missing is copied when this is run again.")

    @contextmanager
    def _progress(
        self, listed: Callable[[], Iterator[str]], *, hidden: bool
    ) -> Iterator[Callable[[], object]]:
        """A bar over the files, on a terminal only."""
        if hidden or not self.stderr.isatty():
            yield lambda: None
            return
        from tqdm import tqdm  # only for people who watch

        total = sum(1 for _ in tqdm(listed(), unit="file", desc="Listing files", leave=False))
        with tqdm(total=total, unit="file", desc="Copying files", leave=False) as bar:
            yield bar.update

    def _show(self, what: str, names: list[str]) -> None:
        if not names:
            return
        self.stderr.write(f"{len(names):,} files {what}:")
        for name in names[:_SHOWN]:
            self.stderr.write(f"  {name}")
        if len(names) > _SHOWN:
            self.stderr.write(f"  and {len(names) - _SHOWN:,} more")

    # --- orphans ----------------------------------------------------------------------------------------

    def _orphans(self, *, deletes: bool) -> None:
        storage = record_storage()
        files, size_bytes, lost = 0, 0, 0
        for found in find_orphans(storage):
            if isinstance(found, Lost):
                lost += 1
                self.stdout.write(f"no file  {found.path}")
                continue
            files += 1
            size_bytes += found.size_bytes
            if deletes:
                storage.delete(found.path)
            self.stdout.write(f"{'deleted' if deletes else 'no row '}  {found.path}")
        unfinished = self._unfinished(deletes=deletes)
        verb = "deleted" if deletes else "to be deleted with --delete"
        self.stdout.write(f"{files:,} files without a row ({size_bytes:,} bytes), {verb}.")
        if unfinished:
            self.stdout.write(f"{unfinished:,} uploads that were broken off, {verb}.")
        self.stdout.write(f"{lost:,} files that rows name are missing.")
        if lost:
            raise CommandError("Some rows name files that are not there.")

    def _unfinished(self, *, deletes: bool) -> int:
        """How many uploads there are of which a bucket keeps what came; a bucket may not tell."""
        places: tuple[tuple[RecordStorage, Callable[[str], bool]], ...] = (
            (record_storage(), is_of_a_record),
            (backup_place().storage, lambda path: "/" not in path),
        )
        uploads = 0
        for storage, is_ours in places:
            try:
                for upload in find_unfinished(storage, is_ours):
                    uploads += 1
                    if deletes:
                        cast(BucketStorage, storage).give_up(upload)
                    self.stdout.write(f"{'deleted' if deletes else 'no end '}  {upload.path}")
            except OSError as error:
                self.stderr.write(f"Uploads that were broken off are not known: {error}")
        return uploads
