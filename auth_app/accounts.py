"""Finding auth records by email, and making their passwords unknown to everybody."""

from auth_app.tokens import TOKEN_TYPES, TokenType, find_record_by_token
from collections_app.catalog import named_collection
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


def find_auth_record_by_email(collection: Collection | str, email: str) -> Record | None:
    """The same by the name or id of the collection.

    Raises LookupError when there is none, TypeError when nobody signs in with its records.
    """
    found = named_collection(collection)
    if not found.is_auth:
        raise TypeError(f"{found.name} is not an auth collection")
    return find_by_email(found, email)


def find_auth_record_by_token(token: str, *types: TokenType) -> Record | None:
    """The record that a valid token stands for, of one of `types` if any are named; None otherwise."""
    found = find_record_by_token(token, types or TOKEN_TYPES)
    return None if found is None else found[0]


def set_random_password(record: Record) -> str:
    """A password that nobody knows, on an unsaved record; whatever the field asks of passwords. Returns it.

    Hashing takes tens of milliseconds: call it before a transaction opens.
    """
    field = record.collection.fields_by_name["password"]
    cost = field.cost if isinstance(field, PasswordField) and field.cost > 0 else DEFAULT_COST
    plain = random_text(_RANDOM_LENGTH)
    record.values["password"] = hash_password(plain, cost=cost)
    return plain
