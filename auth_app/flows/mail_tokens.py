"""The tokens that mails bring back, and what the flows around them share."""

from auth_app.flows.checking import refused
from auth_app.tokens import TokenType, find_record_by_token
from collections_app.collection import Collection
from collections_app.records.record import Record
from platform_app.wire.errors import BadRequest, FieldError


def bearer_of(token: str, token_type: TokenType, collection: Collection) -> Record:
    """The record of `collection` that a valid token was sent to. Raises FieldError."""
    found = find_record_by_token(token, (token_type,))
    if found is None:
        raise _invalid_token()
    record, _ = found
    if record.collection.id != collection.id:
        raise FieldError(
            "validation_token_collection_mismatch", "The provided token is for different auth collection."
        )
    return record


def used_before() -> BadRequest:
    """The answer to a token that was good until another request used it."""
    return refused(token=_invalid_token())


def _invalid_token() -> FieldError:
    return FieldError("validation_invalid_token", "Invalid or expired token.")
