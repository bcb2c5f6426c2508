"""The road every record takes into the database and out of it, with its hooks (contract/hooks.md 2).

`save_record` and `delete_record` are what the REST services, the ORM models and extensions call. The order
for a new record is: record_create, model_create, (record_validate, the fields' checks, model_validate),
record_create_execute, model_create_execute, INSERT; after the outermost commit the success hooks. An error
hook fires at once, whatever failed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import IntegrityError

from collections_app import events
from collections_app.database import require_pool
from collections_app.events import Hook, OperationType, RecordEvent
from collections_app.records import auth_records
from collections_app.records.deleting_references import delete_references
from collections_app.records.files import (
    remove_paths,
    remove_record_folder,
    replaced_paths,
    store_pending_files,
)
from collections_app.records.record import Record
from collections_app.records.unique_errors import as_invalid
from collections_app.records.validating import validate_record
from collections_app.records.write_sql import delete_row, insert_row, update_row
from collections_app.records.writing_abilities import abilities_of
from collections_app.transactions import after_commit, in_unit_of_work, unit_of_work


@dataclass(frozen=True)
class _Hooks:
    """The hooks of one kind of operation, the record's beside the model's."""

    record: Hook
    model: Hook
    record_execute: Hook
    model_execute: Hook
    record_success: Hook
    model_success: Hook
    record_error: Hook
    model_error: Hook


def _hooks_of(kind: str) -> _Hooks:
    def hook(pattern: str) -> Hook:
        found: Hook = getattr(events, pattern.format(kind))
        return found

    return _Hooks(
        record=hook("record_{}"),
        model=hook("model_{}"),
        record_execute=hook("record_{}_execute"),
        model_execute=hook("model_{}_execute"),
        record_success=hook("record_after_{}_success"),
        model_success=hook("model_after_{}_success"),
        record_error=hook("record_after_{}_error"),
        model_error=hook("model_after_{}_error"),
    )


_HOOKS: dict[str, _Hooks] = {kind: _hooks_of(kind) for kind in ("create", "update", "delete")}


@dataclass
class _Operation:
    """One save or delete under way, and the files to tidy up when it ends."""

    event: RecordEvent
    hooks: _Hooks
    stored_paths: list[str] = field(default_factory=list)
    obsolete_paths: list[str] = field(default_factory=list)

    @property
    def record(self) -> Record:
        return self.event.record

    def run(self, operate: Callable[[], None]) -> None:
        """Run the outer hooks around `operate`, then, after the commit, the success hooks."""
        require_pool()
        event, hooks = self.event, self.hooks
        was_new = self.record.is_new
        try:
            hooks.record.trigger(event, lambda: hooks.model.trigger(event, operate))
        except Exception as error:
            self._fail(error, was_new=was_new)
            raise
        if in_unit_of_work():
            after_commit(self._succeed, lambda error: self._fail(error, was_new=was_new))
        else:
            self._succeed()

    def execute(self, write: Callable[[], None]) -> None:
        """Run the execute hooks around `write`, in a transaction."""
        with unit_of_work():
            self.hooks.record_execute.trigger(self.event, write)

    def _succeed(self) -> None:
        event, hooks, record = self.event, self.hooks, self.record
        if event.type == "delete":
            remove_record_folder(record)
        else:
            remove_paths(self.obsolete_paths)
        hooks.record_success.trigger(event, lambda: hooks.model_success.trigger(event))
        record.original = dict(record.values)

    def _fail(self, error: BaseException, *, was_new: bool) -> None:
        event, hooks = self.event, self.hooks
        remove_paths(self.stored_paths)
        if was_new:
            self.record.original = None
        event.error = error if isinstance(error, Exception) else None
        hooks.record_error.trigger(event, lambda: hooks.model_error.trigger(event))


def save_record(record: Record, *, validate: bool = True) -> None:
    """Insert a new record or update a stored one.

    Raises Invalid when the fields' checks or a unique index refuse it, and whatever a hook raises.
    """
    kind: OperationType = "create" if record.is_new else "update"
    operation = _Operation(RecordEvent(record, kind), _HOOKS[kind])

    def save() -> None:
        if record.is_new:
            _generate_texts(record)
        if validate:
            validate_record(record)
        _hash_secrets(record)
        operation.execute(lambda: _write(operation))

    operation.run(save)


def delete_record(record: Record) -> None:
    """Delete a stored record, what must go with it, and the references to it.

    Raises RequiredReference when a record that must point at this one would dangle; then nothing changed.
    """
    operation = _Operation(RecordEvent(record, "delete"), _HOOKS["delete"])

    def delete() -> None:
        auth_records.forbid_deleting_last_superuser(record)
        operation.execute(lambda: _delete(operation))

    operation.run(delete)


def _delete(operation: _Operation) -> None:
    record = operation.record
    operation.hooks.model_execute.trigger(operation.event, lambda: delete_row(record))
    delete_references(record, save_record, delete_record)
    if record.collection.is_auth:
        auth_records.delete_owned(record, delete_record)


def _write(operation: _Operation) -> None:
    record = operation.record
    is_auth = record.collection.is_auth
    _set_on_write(record)
    if is_auth:
        auth_records.before_writing(record, delete_record)
    operation.obsolete_paths = replaced_paths(record)
    operation.stored_paths = store_pending_files(record)
    try:
        operation.hooks.model_execute.trigger(operation.event, lambda: _write_row(record))
    except IntegrityError as error:
        invalid = as_invalid(error, record.collection)
        if invalid is None:
            raise
        raise invalid from error
    if is_auth:
        auth_records.after_writing(record, delete_record)
    _settle(record)


def _write_row(record: Record) -> None:
    if record.original is None:
        insert_row(record)
    else:
        update_row(record, record.original["id"])


def _generate_texts(record: Record) -> None:
    for name, field_ in abilities_of(record.collection).generating:
        if not record.values[name]:
            record.values[name] = field_.generate()


def _set_on_write(record: Record) -> None:
    for name, field_ in abilities_of(record.collection).set_on_write:
        moment = field_.value_on_write(is_new=record.is_new)
        if moment is not None:
            record.values[name] = moment


def _hash_secrets(record: Record) -> None:
    """Spend the time that hashing a password takes before the transaction opens, not inside it."""
    for name, field_ in abilities_of(record.collection).hiding_secrets:
        field_.settled(record.values[name])


def _settle(record: Record) -> None:
    """Replace what only the write needed: uploads become their names, plain passwords go."""
    abilities = abilities_of(record.collection)
    for name, field_ in (*abilities.with_files, *abilities.hiding_secrets):
        record.values[name] = field_.settled(record.values[name])
    if record.is_new:
        record.original = dict(record.values)
