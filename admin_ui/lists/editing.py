"""Changes to several records at once, all in one transaction through the service of the API, or none."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from admin_ui.records.inputs import form_fields
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.file_field import FileField
from collections_app.fields.select_field import SelectField
from collections_app.records.writing.locking_sql import lock_ids
from collections_app.records.writing.updating import update_record
from collections_app.request_info import RequestInfo
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import ApiError, NotFound

# What is edited in its row has one short control.
_IN_ROWS = frozenset({"text", "number", "bool", "email", "url"})


class Refused(Exception):
    """Nothing was changed, because this record could not be; `error` says why."""

    def __init__(self, record_id: str, error: ApiError) -> None:
        super().__init__(record_id)
        self.record_id = record_id
        self.error = error

    @property
    def sentence(self) -> str:
        return (
            _("There is no such record any more.") if isinstance(self.error, NotFound) else self.error.message
        )


def bulk_fields(collection: Collection) -> list[Field]:
    """Those that several records can be given the same value of."""
    return [
        field
        for field in form_fields(collection, is_new=False)
        if field.type != "autodate" and not isinstance(field, FileField)
    ]


def row_fields(collection: Collection) -> list[Field]:
    """Those that can be edited in a row of a list."""
    return [
        field
        for field in form_fields(collection, is_new=False)
        if field.type in _IN_ROWS or (isinstance(field, SelectField) and not field.is_multiple)
    ]


def change_records(
    collection: Collection, changes: Iterable[tuple[str, Mapping[str, Any]]], *, info: RequestInfo
) -> int:
    """Give records new values, by their ids; how many a hook let through. Raises Refused."""
    todo = list(changes)
    changed = 0
    with unit_of_work():
        lock_ids(record_id for record_id, _values in todo)
        for record_id, values in todo:
            one = replace(info, method="PATCH", body=values)
            try:
                changed += update_record(collection, record_id, info=one, uploads={}) is not None
            except ApiError as error:
                raise Refused(record_id, error) from error
    return changed
