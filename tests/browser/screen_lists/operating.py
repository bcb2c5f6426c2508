"""Backups, jobs by the clock, export and import."""

from tests.browser.screen import Screen

SCREENS = (
    Screen("backups", "/_/settings/backups/", "#backups"),
    Screen("crons", "/_/settings/crons/", "#crons tbody tr"),
    Screen("export", "/_/settings/export/", "#export-text"),
    Screen("import", "/_/settings/import/", "#import-text, .cm-editor"),
)
