"""The tokens that collections issue: HS256 JWTs signed with the record's key and the collection's secret.

There is no token storage: a token dies with its `exp`, with the record's `tokenKey` or with the collection's
secret. The record is loaded by id for every check, so no process can honour a token longer than that.

The format is a few lines of the standard library here instead of PyJWT, which takes 0.25 s to import (it
loads all of `cryptography`) and twenty times as long to check a signature.
Reference: contract/auth.md 1; core/record_tokens.go, PocketBase v0.39.11.
"""

import binascii
import hmac
import json
import re
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from collections_app.auth_options import AuthOptions, TokenOptions
from collections_app.catalog import find_collection
from collections_app.records.record import Record
from collections_app.records.viewing import find_record

TokenType = Literal["auth", "file", "verification", "passwordReset", "emailChange"]

_OPTIONS: dict[str, Callable[[AuthOptions], TokenOptions]] = {
    "auth": attrgetter("auth_token"),
    "file": attrgetter("file_token"),
    "verification": attrgetter("verification_token"),
    "passwordReset": attrgetter("password_reset_token"),
    "emailChange": attrgetter("email_change_token"),
}

_JWT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")
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
    return _encode(payload, _signing_key(record, options))


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
    parts = _JWT.fullmatch(text)
    if parts is None:
        return None
    try:
        header, claims = _decode_json(parts[1]), _decode_json(parts[2])
    except (ValueError, RecursionError):
        return None
    if header.get("alg") != "HS256" or not _times_allow(claims):
        return None
    return ParsedToken(text, claims)


def find_record_by_token(text: str, types: Container[str]) -> tuple[Record, ParsedToken] | None:
    """The record that a valid token of one of `types` stands for; None whatever is wrong with it."""
    known = _verified.get(text)
    token = parse_token(text) if known is None else known.token
    if token is None or (known is not None and not _times_allow(token.claims)):
        return None
    if token.type not in types or not token.record_id or not token.collection_id:
        return None
    collection = find_collection(token.collection_id)
    # Nothing is verified yet: PostgreSQL would refuse to look for an id with a NUL in it.
    if collection is None or not collection.is_auth or "\x00" in token.record_id:
        return None
    record = find_record(collection, token.record_id)
    if record is None:
        return None
    try:
        key = _signing_key(record, _OPTIONS[token.type](collection.auth))
    except MissingSigningKey:
        return None
    if known is None or known.key != key:
        signed, _, signature = text.rpartition(".")
        if not hmac.compare_digest(_sign(signed, key), signature):
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


def _times_allow(claims: Mapping[str, Any]) -> bool:
    now = time.time()
    expires, not_before, issued = (claims.get(name) for name in ("exp", "nbf", "iat"))
    for claim in (expires, not_before, issued):
        if claim is not None and (isinstance(claim, bool) or not isinstance(claim, int | float)):
            return False
    # As in the reference's library, a time of 0 counts as absent.
    return not (
        (expires and now >= expires) or (not_before and now < not_before) or (issued and now < issued)
    )


# --- JWT, HS256 only --------------------------------------------------------------------------------


def _encode(payload: Mapping[str, Any], key: bytes) -> str:
    text = json.dumps(payload, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    signed = f"{_HEADER}.{_to_base64(text.encode())}"
    return f"{signed}.{_sign(signed, key)}"


def _sign(signed: str, key: bytes) -> str:
    return _to_base64(hmac.digest(key, signed.encode("ascii"), "sha256"))


def _to_base64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URL_SAFE).decode("ascii")


def _decode_json(segment: str) -> dict[str, Any]:
    """The JSON object in a base64url segment. Raises ValueError for anything else."""
    standard = segment.translate(_URL_SAFE) + "=" * (-len(segment) % 4)
    value = json.loads(binascii.a2b_base64(standard))
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_HEADER = _to_base64(b'{"alg":"HS256","typ":"JWT"}')
