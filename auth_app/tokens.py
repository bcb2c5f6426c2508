"""The tokens that collections issue: HS256 JWTs signed with the record's key and the collection's secret.

There is no token storage: a token dies with its `exp`, with the record's `tokenKey` or with the collection's
secret. The record is loaded by id for every check, so no process can honour a token longer than that.

The format is that of `platform_app.security.jwts`; a signature that was right is remembered with its key.
Reference: contract/auth.md 1; core/record_tokens.go, PocketBase v0.39.11.
"""

import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, NamedTuple, get_args

from collections_app.auth_options import AuthOptions, TokenOptions
from collections_app.catalog import find_collection
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from platform_app.security.jwts import ALGORITHM, decode_token, encode_claims, is_signed_with, times_allow

TokenType = Literal["auth", "file", "verification", "passwordReset", "emailChange"]
TOKEN_TYPES: frozenset[TokenType] = frozenset(get_args(TokenType))

_OPTIONS: dict[str, Callable[[AuthOptions], TokenOptions]] = {
    "auth": attrgetter("auth_token"),
    "file": attrgetter("file_token"),
    "verification": attrgetter("verification_token"),
    "passwordReset": attrgetter("password_reset_token"),
    "emailChange": attrgetter("email_change_token"),
}

_TRUE_TEXTS = frozenset({"1", "t", "T", "true", "TRUE", "True"})


class MissingSigningKey(ValueError):
    """Neither the record nor its collection has a secret, so nothing can be signed."""


@dataclass(frozen=True, slots=True)
class ParsedToken:
    """A token's text and its claims; the signature is checked by `find_record_by_token` only."""

    text: str
    claims: Mapping[str, Any]

    @property
    def type(self) -> str:
        return self._text_claim("type")

    @property
    def record_id(self) -> str:
        return self._text_claim("id")

    @property
    def collection_id(self) -> str:
        """The collection's id, or its name in tokens that others made."""
        return self._text_claim("collectionId")

    @property
    def email(self) -> str:
        return self._text_claim("email")

    @property
    def new_email(self) -> str:
        return self._text_claim("newEmail")

    @property
    def is_refreshable(self) -> bool:
        claim = self.claims.get("refreshable")
        return claim in _TRUE_TEXTS if isinstance(claim, str) else bool(claim)

    def _text_claim(self, name: str) -> str:
        claim = self.claims.get(name)
        return claim if isinstance(claim, str) else ""


# --- issuing ----------------------------------------------------------------------------------------


def issue_auth_token(record: Record, *, duration_seconds: int | None = None, refreshable: bool = True) -> str:
    """A token that signs `record` in; a duration of None or up to 0 means the collection's."""
    return _issue(record, "auth", {"refreshable": refreshable}, duration_seconds=duration_seconds)


def issue_file_token(record: Record) -> str:
    """A short-lived token that may travel in the URL of a protected file."""
    return _issue(record, "file")


def issue_verification_token(record: Record) -> str:
    return _issue(record, "verification", {"email": record["email"]})


def issue_password_reset_token(record: Record) -> str:
    return _issue(record, "passwordReset", {"email": record["email"]})


def issue_email_change_token(record: Record, new_email: str) -> str:
    return _issue(record, "emailChange", {"email": record["email"], "newEmail": new_email})


def _issue(
    record: Record,
    token_type: TokenType,
    claims: Mapping[str, Any] | None = None,
    *,
    duration_seconds: int | None = None,
) -> str:
    options = _OPTIONS[token_type](record.collection.auth)
    if duration_seconds is None or duration_seconds <= 0:
        duration_seconds = options.duration_seconds
    payload = {
        **(claims or {}),
        "collectionId": record.collection.id,
        "exp": int(time.time()) + duration_seconds,
        "id": record.id,
        "type": token_type,
    }
    return encode_claims(payload, _signing_key(record, options))


def _signing_key(record: Record, options: TokenOptions) -> bytes:
    key: str = record["tokenKey"] + options.secret
    if not key:
        raise MissingSigningKey(f"{record!r} has no token key and its collection no secret")
    return key.encode()


# --- reading ----------------------------------------------------------------------------------------


def parse_token(text: str) -> ParsedToken | None:
    """The claims of a well-formed token whose times allow it now; the signature is NOT checked.

    None for anything else. A token without `exp` never ends.
    """
    try:
        header, claims = decode_token(text)
    except ValueError:
        return None
    return ParsedToken(text, claims) if header.get("alg") == ALGORITHM and times_allow(claims) else None


def unverified_claims(text: str) -> Mapping[str, Any]:
    """What a token says, whoever signed it and however old it is; nothing for a text that is no token."""
    try:
        return decode_token(text, needs_signature=False)[1]
    except ValueError:
        return {}


def find_record_by_token(text: str, types: Container[str]) -> tuple[Record, ParsedToken] | None:
    """The record that a valid token of one of `types` stands for; None whatever is wrong with it."""
    known = _verified.get(text)
    token = parse_token(text) if known is None else known.token
    if token is None or (known is not None and not times_allow(token.claims)):
        return None
    if token.type not in types or not token.record_id or not token.collection_id:
        return None
    collection = find_collection(token.collection_id)
    if collection is None or not collection.is_auth:
        return None
    record = find_record(collection, token.record_id)
    if record is None:
        return None
    try:
        key = _signing_key(record, _OPTIONS[token.type](collection.auth))
    except MissingSigningKey:
        return None
    if known is None or known.key != key:
        if not is_signed_with(text, key):
            return None
        if len(_verified) >= _VERIFIED_LIMIT:
            _verified.clear()
        _verified[text] = _Verified(token, key)
    return record, token


class _Verified(NamedTuple):
    """A token whose signature was found right for `key`."""

    token: ParsedToken
    key: bytes


# Module state to save the decoding and the HMAC, half of the cost of a check. It cannot go stale: the record
# and the key are looked up for every request, and only the same key makes the remembered answer count.
_verified: dict[str, _Verified] = {}
_VERIFIED_LIMIT = 4096
