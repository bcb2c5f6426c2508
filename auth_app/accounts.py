"""Finding auth records by email, and making their passwords unknown to everybody."""

from collections_app.collection import Collection
from collections_app.fields.password_field import PasswordField
from collections_app.passwords import DEFAULT_COST, hash_password
from collections_app.records.querying.finding import find_first
from collections_app.records.record import Record
from platform_app.database.ids import random_text

_RANDOM_LENGTH = 30


def find_by_email(collection: Collection, email: str) -> Record | None:
    """The record of an auth collection; capitals count unless the index of the field ignores them."""
    index = collection.unique_index_of("email")
    ignores_case = index is not None and index.columns[0].ignores_case
    return find_first(collection, "email", email, ignore_case=ignores_case)


def set_random_password(record: Record) -> None:
    """A password that nobody knows, on an unsaved record; whatever the field asks of passwords.

    Hashing takes tens of milliseconds: call it before a transaction opens.
    """
    field = record.collection.fields_by_name["password"]
    cost = field.cost if isinstance(field, PasswordField) and field.cost > 0 else DEFAULT_COST
    record["password"] = hash_password(random_text(_RANDOM_LENGTH), cost=cost)
