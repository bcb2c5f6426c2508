"""What works once: a row that is used up, or a token that dies with the record's key.

Of several requests at once only one may win, on any number of processes: the others wait for its transaction
and then find nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from collections_app.records.querying.decoding import decode_rows
from collections_app.records.record import Record
from collections_app.records.writing.locking_sql import taken_row
from collections_app.records.writing.saving import delete_stored_record
from collections_app.records.writing.write_sql import stored_columns
from platform_app.database.transactions import unit_of_work


class Spent(Exception):
    """Somebody else used it before."""


def use_up(row: Record) -> None:
    """Delete a row whose first use is its only one. Raises Spent, and what a hook refuses with."""
    with unit_of_work():
        if stored_columns(row, row.id, ("id",)) is None:
            raise Spent
        delete_stored_record(row)


@contextmanager
def while_key_counts(record: Record) -> Iterator[Record]:
    """The transaction in which a token of `record` is redeemed; the value is the record as it is stored now.

    Nobody else changes it meanwhile. Raises Spent when the key that signed the token is its key no more.
    """
    with unit_of_work():
        row = taken_row(record.collection, record.id)
        stored = decode_rows(record.collection, [row])[0] if row else None
        if stored is None or record.original is None or stored["tokenKey"] != record.original["tokenKey"]:
            raise Spent
        yield stored
