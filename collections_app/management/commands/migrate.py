"""`manage.py migrate`: Django's own, with words for what can go wrong with migrations of collections."""

import importlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db.migrations.exceptions import NodeNotFoundError

from collections_app.migrating.files import conflict_message, file_names, leaf_names
from collections_app.migrating.label import LABEL
from collections_app.migration_operations import MigrationRefused


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
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
