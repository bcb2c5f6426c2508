"""The names that Apple tells once, when somebody comes back from it for the first time.

The redirect gets them, the sign-in that follows with the same code wants them, perhaps in another process: so
they are in the database for a minute, under a hash of the code, which is as good as a password by then.
Reference: contract/auth.md 10.1 and 10.2; apis/record_auth_with_oauth2_redirect.go, PocketBase v0.39.11.
"""

import hashlib
import time
from typing import Any

from auth_app.models import ToldName
from platform_app.database.transactions import unit_of_work
from platform_app.wire.blanks import BLANKS
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.nul_characters import without_nul
from platform_app.wire.struct_decoding import Members, Unfit, read_object, read_text

_SECONDS = 60.0
_MOST_NAMES = 10_000
_MOST_CODE_BYTES = 1000
_MOST_TOLD_CHARACTERS = 64 * 1024
_MOST_NAME_BYTES = 150


def keep_name(code: str, told: str) -> None:
    """Keep the name in what Apple told: `{"name": {"firstName": "...", "lastName": "..."}}`."""
    name = full_name(told) if len(code.encode(errors="replace")) <= _MOST_CODE_BYTES else ""
    if not name:
        return
    now = time.time()
    with unit_of_work():
        ToldName.objects.filter(ends_at__lte=now).delete()
        if ToldName.objects.count() < _MOST_NAMES:
            values = {"name": name, "ends_at": now + _SECONDS}
            ToldName.objects.update_or_create(code_hash=_hash(code), defaults=values)


def take_name(code: str) -> str:
    """The name that came with this code, or ""; the second time it is gone."""
    kept = ToldName.objects.filter(code_hash=_hash(code), ends_at__gt=time.time()).first()
    if kept is None:
        return ""
    with unit_of_work():
        is_first, _ = kept.delete()
    return kept.name if is_first else ""


def full_name(told: str) -> str:
    """The name in what Apple told, "" if there is none.

    >>> full_name('{"name": {"firstName": "Ann", "lastName": "Lee"}, "email": "ann@example.com"}')
    'Ann Lee'
    """
    if len(told) > _MOST_TOLD_CHARACTERS:
        return ""
    try:
        parts = _member(decode_json(told.encode(errors="replace"), whole=True), "name")
        first, last = (read_text(_member(parts, part) or "") for part in ("firstName", "lastName"))
    except (MalformedJson, Unfit):
        return ""
    name = f"{first} {last}".encode()[:_MOST_NAME_BYTES].decode(errors="replace").strip(BLANKS)
    return without_nul(name, is_json=False)


def _member(value: Any, name: str) -> Any:
    """The last value of an object's member that is not null. Raises Unfit for what is no object."""
    members = [] if value is None else Members({name: name}).of(read_object(value, "struct"))
    return next((item for _, item in reversed(members) if item is not None), None)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
