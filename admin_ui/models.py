"""What the dashboard keeps in tables of its own: views that somebody saved, and imports under way."""

import json
from typing import Any, ClassVar

from django.db import models

from platform_app.database.ids import new_record_id


class JsonTextField(models.TextField):  # type: ignore[type-arg]
    """JSON in a column of text: Django's own field opens the database for every command, to check itself."""

    def from_db_value(self, value: str, *args: Any) -> Any:
        return json.loads(value)

    def get_prep_value(self, value: Any) -> str:
        return json.dumps(value)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """For migrations it is text."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class SavedView(models.Model):
    """A list as somebody likes it, under a name; `owner_id` is a superuser's.

    `filter`, `sort` and `columns` are what the list's address says; of what a collection does not have any
    more, nothing comes of it.
    """

    id = models.TextField(primary_key=True, default=new_record_id)
    collection_id = models.TextField()
    owner_id = models.TextField()
    name = models.TextField()
    is_shared = models.BooleanField(default=False)
    filter = models.TextField(default="")
    sort = models.TextField(default="")
    columns = models.TextField(default="")

    objects: ClassVar[models.Manager["SavedView"]] = models.Manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["collection_id", "owner_id", "name"], name="admin_ui_savedview_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class RecordImport(models.Model):
    """A file of records on its way into a collection; its rows are in `ImportPart`.

    `columns` are the names in the file; `targets` says by them which field each goes to. `state` is one of
    `lists.importing.State`. `problems` are the first wrong rows, as
    `[[number of the row, column or "", sentence], ...]`; `sample` the first rows as they were read.
    """

    id = models.TextField(primary_key=True, default=new_record_id)
    collection_id = models.TextField()
    owner_id = models.TextField()
    file_name = models.TextField()
    is_csv = models.BooleanField(default=False)
    columns = JsonTextField(default=list)
    sample = JsonTextField(default=list)
    targets = JsonTextField(default=dict)
    skips_wrong = models.BooleanField(default=False)
    state = models.TextField(default="reading")
    rows = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    wrong = models.IntegerField(default=0)
    problems = JsonTextField(default=list)
    message = models.TextField(default="")
    touched = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager["RecordImport"]] = models.Manager()

    def __str__(self) -> str:
        return self.file_name


class ImportPart(models.Model):
    """Some hundred rows of a file, as the JSON text of `[{column: value}, ...]`."""

    of = models.ForeignKey(RecordImport, models.CASCADE)
    first = models.IntegerField()  # the number of its first row, from 1
    rows = models.TextField()

    objects: ClassVar[models.Manager["ImportPart"]] = models.Manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["of", "first"], name="admin_ui_importpart_once")
        ]

    def __str__(self) -> str:
        return f"{self.first} of {self.of_id}"
