"""The tokens that collections issue: HS256 JWTs signed with the record's key and the collection's secret.

There is no token storage: a token dies with its `exp`, with the record's `tokenKey` or with the collection's
secret. The record is loaded by id for every check, so no process can honour a token longer than that.

PyJWT does the format; a signature that it found right is remembered with the key it was right for.
Reference: contract/auth.md 1; core/record_tokens.go, PocketBase v0.39.11.
"""

import json
import re
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from collections_app.auth_options import AuthOptions, TokenOptions
from collections_app.catalog import find_collection
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from platform_app.wire.json_decoding import without_lone_surrogates

if TYPE_CHECKING:
    from jwt import PyJWS

TokenType = Literal["auth", "file", "verification", "passwordReset", "emailChange"]
TOKEN_TYPES: frozenset[TokenType] = frozenset(get_args(TokenType))

_OPTIONS: dict[str, Callable[[AuthOptions], TokenOptions]] = {
    "auth": attrgetter("auth_token"),
    "file": attrgetter("file_token"),
    "verification": attrgetter("verification_token"),
    "passwordReset": attrgetter("password_reset_token"),
    "emailChange": attrgetter("email_change_token"),
}

_ALGORITHM = "HS256"
# Ours have some 300; what a client sends is read before anybody knows that it was signed.
_LONGEST_TOKEN = 16_384
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_TIMES = frozenset({"exp", "nbf", "iat"})
_END_OF_TIME = 2**63 - 62_135_596_800  # of Go's clock, in seconds since 1970; it counts from the year 1
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
    if len(text) > _LONGEST_TOKEN or _JWT.fullmatch(text) is None:
        return None
    try:
        header, claims = _decode(text)
    except (ValueError, RecursionError):
        return None
    if header.get("alg") != _ALGORITHM or not _times_allow(claims):
        return None
    return ParsedToken(text, without_lone_surrogates(claims))  # as Go reads any JSON


def unverified_claims(text: str) -> Mapping[str, Any]:
    """What a token says, whoever signed it and however old it is; nothing for a text that is no token."""
    # One without a signature has claims, too.
    if len(text) > _LONGEST_TOKEN or _JWT.fullmatch(f"{text}x" if text.endswith(".") else text) is None:
        return {}
    try:
        claims: Mapping[str, Any] = without_lone_surrogates(_decode(text)[1])
    except (ValueError, RecursionError):
        return {}
    return claims


def find_record_by_token(text: str, types: Container[str]) -> tuple[Record, ParsedToken] | None:
    """The record that a valid token of one of `types` stands for; None whatever is wrong with it."""
    known = _verified.get(text)
    token = parse_token(text) if known is None else known.token
    if token is None or (known is not None and not _times_allow(token.claims)):
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
        if not _is_signed_with(text, key):
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
    for name in _TIMES & claims.keys():
        claim = claims[name]
        if isinstance(claim, bool) or not isinstance(claim, int | float):
            return False
        # Python reads NaN and 1e400, too, which are no JSON; nor does the reference know later times.
        if not -_END_OF_TIME < claim < _END_OF_TIME:
            return False
    expires, not_before, issued = (claims.get(name) for name in ("exp", "nbf", "iat"))
    # As in the reference's library, a time of 0 counts as absent.
    return not (
        (expires and now >= expires) or (not_before and now < not_before) or (issued and now < issued)
    )


# --- PyJWT ------------------------------------------------------------------------------------------


# Its import takes a quarter of a second (it loads all of `cryptography`), so only processes that see a token
# pay for it, not every start. What a claim must be is checked above, as the reference checks it.
@lru_cache(maxsize=1)
def _jws() -> "PyJWS":
    import jwt
    from jwt.algorithms import HMACAlgorithm

    class Secret(HMACAlgorithm):
        """Any text may be a secret here, also one that looks like the key of another algorithm.

        PyJWT refuses those, since whoever allows several algorithms could be fooled. There is one here.
        """

        def prepare_key(self, key: str | bytes) -> bytes:
            return key if isinstance(key, bytes) else key.encode()

    jws = jwt.PyJWS(algorithms=[])
    jws.register_algorithm(_ALGORITHM, Secret(Secret.SHA256))
    return jws


def _encode(payload: Mapping[str, Any], key: bytes) -> str:
    claims = json.dumps(payload, separators=(",", ":"), sort_keys=True).encode()
    return _jws().encode(claims, key, _ALGORITHM)


def _decode(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, the signature unseen. Raises ValueError."""
    import jwt

    try:
        decoded = jwt.decode_complete(text, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise ValueError("not a token") from error
    return decoded["header"], decoded["payload"]


def _is_signed_with(text: str, key: bytes) -> bool:
    import jwt

    try:
        _jws().decode(text, key, algorithms=[_ALGORITHM])
    except jwt.PyJWTError:
        return False
    return True
