"""The road every record takes into the database and out of it, with its hooks (contract/hooks.md 2).

`save_record` and `delete_stored_record` are what the REST services, the ORM models and extensions call. The
order for a new record is: record_create, model_create, (record_validate, the fields' checks, model_validate),
record_create_execute, model_create_execute, INSERT; after the outermost commit the success hooks. An error
hook fires at once, whatever failed.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

from django.db import IntegrityError

from collections_app import commits
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.record import Record
from collections_app.records.writing import auth_records
from collections_app.records.writing.deleting_references import references_to
from collections_app.records.writing.expressions_sql import Evaluating
from collections_app.records.writing.files import folder_of, named_paths, store_pending_files
from collections_app.records.writing.locking_sql import taken_row
from collections_app.records.writing.operation import Operation
from collections_app.records.writing.unique_errors import as_invalid
from collections_app.records.writing.validating import validate_record
from collections_app.records.writing.write_sql import delete_row, insert_row, stored_columns, update_row
from collections_app.records.writing.writing_abilities import abilities_of, generate_texts
from collections_app.system_names import SUPERUSERS
from platform_app.database.rows import in_transaction
from platform_app.database.transactions import unit_of_work, write_lock
from platform_app.hooks.operation_hooks import OperationType
from platform_app.wire.errors import RecordGone

# What to do with a record that is to be written or deleted and whose row is no longer as it was read. The
# second record is that row; it stays so, for this is called in the transaction. Raises what speaks against
# going on.
Renew = Callable[[Record, Record], None]


def save_record(
    record: Record,
    *,
    validate: bool = True,
    must_exist: bool = True,
    renew: Renew = Record.follow,
) -> None:
    """Insert a new record, or write the columns of a stored one that changed.

    What somebody else changed since the record was read is taken over before the write, and the checks are
    made again; `renew` has the say how.
    Raises Invalid when the fields' checks or a unique index refuse it, RecordGone when the stored record was
    deleted meanwhile (unless it need not exist), and whatever a hook raises.
    """
    kind: OperationType = "create" if record.is_new else "update"
    with (
        Operation(record, kind, renew, validates=validate, must_exist=must_exist) as operation,
        operation.front() as begins,
    ):
        if not begins:
            return
        if operation.record.is_new:
            generate_texts(operation.record)
        with operation.around() as goes_on, Evaluating() as evaluating:
            if goes_on:
                evaluating.settle(operation.record)
                _prepare(operation, evaluating)
                _execute(operation, evaluating)
                operation.is_through = True


def validate(record: Record) -> None:
    """Run the validation hooks and the checks that a save would run. Raises Invalid."""
    with Evaluating() as evaluating:
        evaluating.settle(record)
        validate_record(record, evaluating)


def delete_stored_record(record: Record, *, must_exist: bool = True, renew: Renew = Record.follow) -> None:
    """Delete a stored record, what must go with it, and the references to it.

    Raises RequiredReference when a record that must point at this one would dangle, RecordGone when somebody
    else deleted it meanwhile (unless it need not exist), and what `renew` raises about a record that was
    changed meanwhile; then nothing changed.
    """
    _run(_deleting(record, renew, must_exist=must_exist))


# --- saving -------------------------------------------------------------------------------------------


def _prepare(operation: Operation, evaluating: Evaluating) -> None:
    """Check the record, and do what takes its time while no transaction is open: hash, store files."""
    record = operation.record
    if operation.validates:
        validate_record(record, evaluating)
        record = operation.record
        evaluating.settle(record)
    for name, field in abilities_of(record.collection).hiding_secrets:
        field.settled(record.values[name])
    try:
        store_pending_files(record, operation.stored_paths)
    except FileNotFoundError as error:
        # Whoever deleted the record took the folder away while the files were written.
        if not record.is_new and taken_row(record.collection, record.id) is None:
            raise RecordGone from error
        raise


class _Outrun(Exception):
    """The row was not as it was read, so the one statement changed nothing."""


def _execute(operation: Operation, evaluating: Evaluating) -> None:
    """Write the record: in one statement, which is a transaction already, or in a transaction of several."""
    record = operation.record
    sees_the_row = (
        operation.has_execute_hooks
        or commits.is_witnessed()
        or record.collection.is_auth
        or (record.original is not None and bool(_changed_files(record)))
    )
    # In a transaction that is open PostgreSQL does nothing more after an error without a savepoint.
    if not sees_the_row and not in_transaction():
        try:
            with write_lock():
                _write(operation, evaluating)
                return
        except _Outrun:
            sees_the_row = True
    with unit_of_work():
        if sees_the_row:
            _take(operation, evaluating)
        if operation.record.collection.name == SUPERUSERS:
            operation.record.values["verified"] = True
        with operation.around_execute() as goes_on:
            if goes_on:
                try:
                    _write(operation, evaluating)
                except _Outrun:
                    _take(operation, evaluating)
                    _write(operation, evaluating)


def _take(operation: Operation, evaluating: Evaluating) -> None:
    """Keep others from the stored row until the transaction ends, and bring the record up to it.

    A record that was not read by itself has nothing to be compared with, and is written as it is.
    """
    record = operation.record
    if record.stored_row is None:
        return
    row = taken_row(record.collection, record.id)
    if row is None and operation.must_exist:
        raise RecordGone
    if row is not None and row != record.stored_row:
        operation.renew(record, decode_rows(record.collection, (row,))[0])
        _prepare(operation, evaluating)
    record.stored_row = None


def _write(operation: Operation, evaluating: Evaluating) -> None:
    record = operation.record
    evaluating.settle(record)
    is_auth = record.collection.is_auth
    _set_on_write(record)
    if is_auth:
        auth_records.before_writing(record, delete_stored_record)
    store_pending_files(record, operation.stored_paths)  # those that a hook added
    _remember_obsolete_files(operation)
    try:
        with operation.around_row() as goes_on:
            if goes_on:
                evaluating.settle(record)
                if _write_row(operation):
                    _tell_written(record)
                operation.is_written = True
    except IntegrityError as error:
        invalid = as_invalid(error, record.collection)
        if invalid is None:
            raise
        raise invalid from error
    if not operation.is_written:
        return  # a hook stopped it
    if is_auth:
        auth_records.after_writing(record, delete_stored_record)
    _settle(record)


def _write_row(operation: Operation) -> bool:
    """Whether the row was there to be written: it may be gone where it need not exist."""
    record = operation.record
    if not record.id:
        raise ValueError(f"a record needs an id: {record!r}")
    is_there = True
    if record.original is None:
        insert_row(record)
    elif record.id != record.original["id"]:
        raise ValueError(f"the id of a stored record cannot be changed: {record!r}")
    elif not update_row(record, record.id):
        if record.stored_row is not None:
            raise _Outrun
        if operation.must_exist:
            raise RecordGone
        is_there = False
    record.stored_row = None
    return is_there


def _set_on_write(record: Record) -> None:
    for name, field in abilities_of(record.collection).set_on_write:
        moment = field.value_on_write(is_new=record.is_new)
        if moment is not None:
            record.values[name] = moment


def _changed_files(record: Record) -> list[str]:
    """The names of the file fields whose value differs from the stored one."""
    original = record.original or {}
    with_files = abilities_of(record.collection).with_files
    return [name for name, _ in with_files if record.values[name] != original.get(name)]


def _remember_obsolete_files(operation: Operation) -> None:
    """Note which files nobody will name once this is written, as the row says now, not as it was read."""
    record, obsolete = operation.record, operation.obsolete_paths
    named = named_paths(record) if operation.stored_paths or record.original is not None else set()
    obsolete += (path for path in operation.stored_paths if path not in named)
    if record.original is None or not (changed := _changed_files(record)):
        return
    files = dict(abilities_of(record.collection).with_files)
    columns = stored_columns(record, record.original["id"], changed) or ()
    for name, column in zip(changed, columns, strict=False):
        stored = record.collection.fields_by_name[name].from_db(column)
        paths = (f"{folder_of(record)}/{file}" for file in files[name].file_names(stored) if file)
        obsolete += (path for path in paths if path not in named)


def _tell_written(record: Record) -> None:
    if commits.records_are_heard():
        kind: Literal["create", "update"] = "create" if record.is_new else "update"
        new = {**record.values, **_settled(record)}
        commits.record_written(kind, record.collection, record.id, old=record.original, new=new)


def _settled(record: Record) -> dict[str, Any]:
    """The values that are not yet as they are stored: uploads become their names, plain passwords go."""
    abilities = abilities_of(record.collection)
    return {
        name: field.settled(record.values[name])
        for name, field in (*abilities.with_files, *abilities.hiding_secrets)
    }


def _settle(record: Record) -> None:
    record.values.update(_settled(record))
    if record.is_new:
        record.original = dict(record.values)


# --- deleting -----------------------------------------------------------------------------------------

# Deleting one record, told to yield the deletes that it causes where they have to happen.
Steps = Iterator["Steps"]


def _run(steps: Steps) -> None:
    """Take the steps, those within a step first. A chain of records may be longer than Python's stack."""
    stack = [steps]
    error: BaseException | None = None
    while stack:
        try:
            within = next(stack[-1]) if error is None else stack[-1].throw(error)  # type: ignore[attr-defined]
        except StopIteration:
            stack.pop()
            error = None
        except BaseException as raised:  # noqa: BLE001 - it belongs to the step around this one
            stack.pop()
            error = raised
        else:
            stack.append(within)
            error = None
    if error is not None:
        raise error


def _deleting(
    record: Record, renew: Renew = Record.follow, *, must_exist: bool = True, is_within: bool = False
) -> Steps:
    with (
        Operation(record, "delete", renew, must_exist=must_exist) as operation,
        operation.front() as begins,
        _guarded(record),
    ):
        if not begins:
            return
        with operation.around() as goes_on:
            if not goes_on:
                return
            if operation.record.is_new or operation.record.collection.is_view:
                raise ValueError(f"only stored records can be deleted: {operation.record!r}")
            with operation.around_execute() as goes_on_inside:
                if goes_on_inside:
                    # Within another delete its transaction will do: a long chain needs no savepoints.
                    with nullcontext() if is_within else unit_of_work():
                        yield from _deleting_row(operation)
                    operation.is_through = True


def _deleting_row(operation: Operation) -> Steps:
    record = operation.record
    with operation.around_row() as deletes:
        if deletes:
            _delete_row(operation)
            operation.is_written = True
    if record.collection.is_auth:
        for owned in auth_records.owned_by(record):
            yield _deleting(owned, must_exist=False, is_within=True)
    for referring, must_go in references_to(record):
        if must_go:
            yield _deleting(referring, must_exist=False, is_within=True)
        else:
            # Its other fields may refer to records that are about to go: nothing is checked.
            save_record(referring, validate=False, must_exist=False)


def _delete_row(operation: Operation) -> None:
    record = operation.record
    if _is_deleted(record):
        return
    if record.stored_row is not None:
        row = taken_row(record.collection, record.id)
        if row is not None:
            operation.renew(record, decode_rows(record.collection, (row,))[0])
            record.stored_row = None
            if _is_deleted(record):
                return
    if operation.must_exist:
        raise RecordGone


def _is_deleted(record: Record) -> bool:
    """Delete the row if it still is as it was read, and tell who listens; whether it was."""
    if not commits.records_are_heard():
        return delete_row(record)
    change = commits.before_deleting(record.collection, record.id, record.original or record.values)
    if not delete_row(record):
        return False
    commits.record_deleted(change)
    return True


def _guarded(record: Record) -> AbstractContextManager[object]:
    """The transaction in which a superuser goes, so that of two at once one stays."""
    if record.collection.name != SUPERUSERS:
        return nullcontext()
    return auth_records.keeping_one_superuser(record)
