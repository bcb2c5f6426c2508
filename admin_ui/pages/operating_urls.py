"""The addresses of the screens that operate the server, below `/_/settings/`."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from admin_ui.pages.backups import (
    backups_page,
    delete_one,
    download_backup,
    new_backup,
    restore_one,
    upload_backup,
    verify_one,
)
from admin_ui.pages.crons import crons_page, run_cron
from admin_ui.pages.export import download_export, export_page
from admin_ui.pages.importing import import_page, review_import, run_import


def operating_urls(view: Callable[..., Any]) -> list[URLPattern]:
    """`view` lets in who has signed in."""
    backup = "settings/backups/file/<str:key>/"
    return [
        path("settings/backups/", view(backups_page), name="backups"),
        path("settings/backups/new/", view(new_backup), name="new_backup"),
        path("settings/backups/upload/", view(upload_backup), name="upload_backup"),
        path(f"{backup}download/", view(download_backup), name="download_backup"),
        path(f"{backup}verify/", view(verify_one), name="verify_backup"),
        path(f"{backup}restore/", view(restore_one), name="restore_backup"),
        path(f"{backup}delete/", view(delete_one), name="delete_backup"),
        path("settings/export/", view(export_page), name="export"),
        path("settings/export/download/", view(download_export), name="download_export"),
        path("settings/import/", view(import_page), name="import"),
        path("settings/import/review/", view(review_import), name="review_import"),
        path("settings/import/run/", view(run_import), name="run_import"),
        path("settings/crons/", view(crons_page), name="crons"),
        path("settings/crons/run/", view(run_cron), name="run_cron"),
    ]
