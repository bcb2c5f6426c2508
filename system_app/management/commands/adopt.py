"""`manage.py adopt SOURCE --into DATA_DIR`: copies an existing PocketBase directory and upgrades the copy."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from collections_app.migrating.converting import read_folder
from platform_app.commands import DataCommand
from system_app.adopting.adopt import Adoption, adopt
from system_app.adopting.errors import AdoptionRefused

_MISSING_SHOWN = 20
_PORTING = "how-to/port-from-pb-hooks.md"
_UNITS = ("B", "KB", "MB", "GB", "TB")


class Command(DataCommand):
    help = "Copy an existing PocketBase data directory (0.23 or newer) and make the copy ours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="the directory to copy; it is never changed")
        parser.add_argument("--into", default="", help="the new data directory (default: DATA_DIR)")

    def handle(self, *args: Any, source: str, into: str, verbosity: int, **options: Any) -> None:
        target = Path(into) if into else Path(settings.JOEY_DATA_DIR)
        try:
            with self._progress(hidden=verbosity == 0) as copied:
                adoption = adopt(Path(source), target, copied=copied)
        except AdoptionRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        if verbosity:
            self._report(adoption, target)
            self._report_waiting(Path(source).resolve().parent)

    @contextmanager
    def _progress(self, *, hidden: bool) -> Iterator[Callable[[int, int], None]]:
        """A bar over the copied bytes, on a terminal only."""
        if hidden or not self.stderr.isatty():
            yield lambda done, total: None
            return
        from tqdm import tqdm  # only for people who watch

        with tqdm(total=0, unit="B", unit_scale=True, desc="Copying files", leave=False) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield show

    def _report(self, adoption: Adoption, target: Path) -> None:
        views = sum(collection.is_view for collection in adoption.collections)
        tables = len(adoption.collections) - views
        rows = sum(adoption.records.values())
        width = max(len(name) for name in adoption.records)
        for name, count in sorted(adoption.records.items()):
            self.stdout.write(f"  {name:<{width}}  {count:>9,}")
        self.stdout.write(
            f"Adopted {tables} collections and {views} views with {rows:,} records and "
            f"{adoption.files:,} files ({_size(adoption.size_bytes)}) in {adoption.seconds:.1f} s."
        )
        self.stdout.write(
            "Checked: database integrity, the number of records of every collection, "
            "the presence of every file that a record names, and whether every view answers."
        )
        for warning in adoption.warnings:
            self._warn(warning)
        if adoption.missing_files:
            self._report_missing(adoption.missing_files)
        self.stdout.write(self.style.SUCCESS(f"Ready in {target}. The source was not changed."))

    def _report_waiting(self, beside: Path) -> None:
        """What is written in JavaScript beside the source, and runs nowhere here."""
        hooks = [path.name for path in sorted(beside.glob("pb_hooks/*.pb.[jt]s"))]
        if hooks:
            self._warn(f"hooks in JavaScript wait to be ported (docs/{_PORTING}): {', '.join(hooks)}")
        migrations = list(read_folder(beside / "pb_migrations"))
        left = [reading for reading in migrations if reading.problem]
        if len(left) < len(migrations):
            count = len(migrations) - len(left)
            self.stdout.write(
                f"{count:,} migrations in JavaScript only change collections, as they are by now. "
                f"To have them as ours: manage.py collections convert {beside / 'pb_migrations'}"
            )
        for reading in left:
            self._warn(f"{reading.path.name} waits to be ported (docs/{_PORTING}): {reading.problem}")

    def _warn(self, text: str) -> None:
        self.stdout.write(self.style.WARNING(f"Warning: {text}"))

    def _report_missing(self, missing: list[str]) -> None:
        self.stdout.write(
            self.style.WARNING(f"Warning: {len(missing):,} files were missing in the source already:")
        )
        for name in missing[:_MISSING_SHOWN]:
            self.stdout.write(f"  {name}")
        if len(missing) > _MISSING_SHOWN:
            self.stdout.write(f"  and {len(missing) - _MISSING_SHOWN:,} more")


def _size(size_bytes: float) -> str:
    """A size for people, such as `1.4 MB`."""
    unit = 0
    while size_bytes >= 1000 and unit < len(_UNITS) - 1:
        size_bytes /= 1000
        unit += 1
    return f"{size_bytes:.1f} {_UNITS[unit]}" if unit else f"{int(size_bytes)} B"
