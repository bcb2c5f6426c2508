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


class ConsoleQuery(models.Model):
    """A text of the SQL console that is kept: under a name for everybody, or among the last ones of `owner`.

    `owner` is the id of the superuser who ran it, or gave the name. `rows` is -1 where it failed, `moment` is
    when it last ran.
    """

    owner = models.TextField()
    name = models.TextField(default="")
    text = models.TextField()
    rows = models.IntegerField(default=0)
    milliseconds = models.IntegerField(default=0)
    moment = models.DateTimeField()

    objects: ClassVar[models.Manager["ConsoleQuery"]] = models.Manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("name",), condition=~models.Q(name=""), name="console_query_name_once"
            ),
        )
        indexes = (models.Index(fields=("owner", "name", "-moment"), name="console_query_owner"),)

    def __str__(self) -> str:
        return self.name or self.text
