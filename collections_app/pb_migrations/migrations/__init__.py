"""The package that Django finds the files of MIGRATIONS_DIR in; that folder may be anywhere, or missing."""

from django.apps import apps

from collections_app.migrating.label import LABEL

# Django runs this module again whenever it loads migrations.
__path__ = apps.get_app_config(LABEL).search_path  # type: ignore[attr-defined]
