"""The dashboard's own tables: staff and its rights, what was changed, saved views, imports of records."""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from admin_ui.staff.rights import ACTIONS, Rights
from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.request_info import Action
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


class StaffMember(models.Model):
    """A record of an auth collection that may sign in to the dashboard, with what its groups may do.

    `id` is the record's, which no record of another auth collection has. What signs the record in signs the
    member in, and what ends the record's tokens ends the session. To Django it is a user: `request.user`.
    """

    id = models.TextField(primary_key=True)
    collection_id = models.TextField(db_index=True)
    is_active = models.BooleanField(default=True)
    groups = models.ManyToManyField(Group, related_name="staff")
    added = models.DateTimeField(default=timezone.now)

    is_authenticated = True
    is_anonymous = False
    is_staff = True
    is_superuser = False

    def __str__(self) -> str:
        return self.email

    @property
    def collection(self) -> Collection | None:
        return find_collection(self.collection_id)

    @cached_property
    def record(self) -> Record | None:
        """As it is now; None when it is gone."""
        collection = self.collection
        return find_record(collection, self.id) if collection is not None and collection.is_auth else None

    @property
    def email(self) -> str:
        """What a person is called by: the address, or else the id."""
        return str(self.record["email"] or self.id) if self.record is not None else self.id

    def get_username(self) -> str:
        return self.email

    def check_password(self, raw_password: str | None) -> bool:
        return self.record is not None and self.record.validate_password(raw_password or "")

    def get_session_auth_hash(self) -> str:
        return self._session_hash()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str | bytes | None = None) -> str:
        """Made of what signs the record's tokens, as a superuser's is."""
        record = self.record
        key = record["tokenKey"] + record.collection.auth.auth_token.secret if record else ""
        return salted_hmac("admin_ui.StaffMember", key, secret=secret, algorithm="sha256").hexdigest()

    # --- what it may do -------------------------------------------------------------------------------

    @cached_property
    def rights(self) -> Rights:
        """What the groups may do with records, together."""
        granted: dict[str, frozenset[Action]] = {}
        for right in CollectionRight.objects.filter(group__staff=self):
            granted[right.collection_id] = granted.get(right.collection_id, frozenset()) | right.actions
        return Rights(granted, is_account=_is_account)

    @cached_property
    def _permissions(self) -> frozenset[str]:
        found = Permission.objects.filter(group__staff=self).values_list(
            "content_type__app_label", "codename"
        )
        return frozenset(f"{app}.{codename}" for app, codename in found)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's permissions of models; and `collections_app.view_records` (add, change, delete) about a
        `Collection`, or about one record."""
        if isinstance(obj, Collection | Record):
            collection, record_id = (obj.collection, obj.id) if isinstance(obj, Record) else (obj, "")
            wanted = next((one for one in ACTIONS if perm == f"collections_app.{one}_records"), None)
            return wanted is not None and self.rights.allow(wanted, collection, record_id)
        return perm in self._permissions

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self._permissions)

    def get_all_permissions(self, obj: object = None) -> set[str]:
        return set(self._permissions)


class CollectionRight(models.Model):
    """What a group may do with the records of a collection: see them, where there is such a row, and more.

    It goes by the collection's id, so that a new name changes nothing; it goes with the collection.
    """

    group = models.ForeignKey(Group, models.CASCADE, related_name="collection_rights")
    collection_id = models.TextField(db_index=True)
    may_add = models.BooleanField(default=False)
    may_change = models.BooleanField(default=False)
    may_delete = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "collection_id"], name="admin_ui_one_right"),
        ]

    def __str__(self) -> str:
        return f"{self.collection_id}: {', '.join(sorted(self.actions))}"

    @property
    def actions(self) -> frozenset[Action]:
        said: dict[Action, bool] = {
            "view": True,
            "add": self.may_add,
            "change": self.may_change,
            "delete": self.may_delete,
        }
        return frozenset(action for action, may in said.items() if may)


class Change(models.Model):
    """One record or collection that somebody made, changed or deleted; see `admin_ui.history`.

    `fields` is JSON: for each changed field its old and new value, each as the JSON text that the API writes,
    and null instead of both for what is secret or was not to be kept. `collection_name`, `label` and
    `actor_name` are what those were called then.
    """

    KINDS = ("create", "update", "delete")

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.TextField()
    collection_id = models.TextField()
    collection_name = models.TextField()
    record_id = models.TextField(default="")  # "" for a change of the collection itself
    label = models.TextField(default="")
    actor_collection = models.TextField(default="")
    actor_id = models.TextField(default="")
    actor_name = models.TextField(default="")
    fields = models.TextField(default="{}")
    # Whether all that a record held is in `fields`, so that it can be made again.
    is_whole = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["collection_id", "record_id", "id"], name="admin_ui_of_record"),
            models.Index(fields=["collection_id", "id"], name="admin_ui_of_collection"),
            models.Index(fields=["actor_id", "id"], name="admin_ui_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.collection_name}/{self.record_id}"


class HistoryChoice(models.Model):
    """What the history of a collection keeps, where that is not all: only which fields were changed."""

    collection_id = models.TextField(primary_key=True)
    keeps_values = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.collection_id


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


def _is_account(record_id: str) -> bool:
    return StaffMember.objects.filter(pk=record_id).exists()
