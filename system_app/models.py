"""PocketBase's own system tables as unmanaged Django models: settings (`_params`) and logs (`_logs`)."""

from typing import ClassVar

from django.db import models


class Param(models.Model):
    """A row of `_params`; the one called `settings` is read through `platform_app.runtime_settings.current`.

    `value` is JSON text; PocketBase writes it as a blob, so on SQLite it may come back as bytes.
    """

    id = models.TextField(primary_key=True)
    value = models.TextField(null=True)  # noqa: DJ001 - the table is PocketBase's
    created = models.TextField(default="")
    updated = models.TextField(default="")

    objects: ClassVar[models.Manager["Param"]] = models.Manager()

    class Meta:
        managed = False
        db_table = "_params"

    def __str__(self) -> str:
        return self.id


class Log(models.Model):
    """A row of `_logs`; on SQLite the table lives in `auxiliary.db` (see `platform_app.database.routers`).

    `level` follows Go's slog: -4 debug, 0 info, 4 warn, 8 error. `data` is JSON text.
    """

    id = models.TextField(primary_key=True)
    level = models.IntegerField(default=0)
    message = models.TextField(default="")
    data = models.TextField(default="{}")
    created = models.TextField(default="")

    objects: ClassVar[models.Manager["Log"]] = models.Manager()

    class Meta:
        managed = False
        db_table = "_logs"

    def __str__(self) -> str:
        return self.message
