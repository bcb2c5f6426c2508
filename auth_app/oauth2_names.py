"""The names that Apple tells once, when somebody comes back from it for the first time.

The redirect gets them, the sign-in that follows with the same code wants them. They are kept in this process
for a minute, so with several server processes some are lost; the sign-in works without.
Reference: contract/auth.md 10.1 and 10.2; apis/record_auth_with_oauth2_redirect.go, PocketBase v0.39.11.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from platform_app.wire.blanks import BLANKS
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.struct_decoding import Members, Unfit, read_object, read_text

_SECONDS = 60.0
_MOST_NAMES = 10_000
_MOST_CODE_BYTES = 1000
_MOST_TOLD_BYTES = 64 * 1024
_MOST_NAME_BYTES = 150


class Names:
    """Full names by authorization code, each to be taken once; of too many the oldest go."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, str]] = {}  # the oldest first

    def keep(self, code: str, name: str) -> None:
        now = self._clock()
        with self._lock:
            self._kept.pop(code, None)
            self._kept[code] = (now + _SECONDS, name)
            while (oldest := next(iter(self._kept))) != code and (
                len(self._kept) > _MOST_NAMES or self._kept[oldest][0] <= now
            ):
                del self._kept[oldest]

    def take(self, code: str) -> str:
        """The name, or ""."""
        with self._lock:
            ends_at, name = self._kept.pop(code, (0.0, ""))
        return name if self._clock() < ends_at else ""


# Shared by all threads: the redirect and the sign-in are two requests.
names = Names()


def keep_name(code: str, told: str) -> None:
    """Keep the name in what Apple told: `{"name": {"firstName": "...", "lastName": "..."}}`."""
    if name := full_name(told) if len(code.encode()) <= _MOST_CODE_BYTES else "":
        names.keep(code, name)


def take_name(code: str) -> str:
    """The name that came with this code, or ""; the second time it is gone."""
    return names.take(code)


def full_name(told: str) -> str:
    """The name in what Apple told, "" if there is none.

    >>> full_name('{"name": {"firstName": "Ann", "lastName": "Lee"}, "email": "ann@example.com"}')
    'Ann Lee'
    """
    if len(told) > _MOST_TOLD_BYTES:
        return ""
    try:
        parts = _member(decode_json(told.encode(errors="replace"), whole=True), "name")
        first, last = (read_text(_member(parts, part) or "") for part in ("firstName", "lastName"))
    except (MalformedJson, Unfit):
        return ""
    return f"{first} {last}".encode()[:_MOST_NAME_BYTES].decode(errors="replace").strip(BLANKS)


def _member(value: Any, name: str) -> Any:
    """The last value of an object's member that is not null. Raises Unfit for what is no object."""
    members = [] if value is None else Members({name: name}).of(read_object(value, "struct"))
    return next((item for _, item in reversed(members) if item is not None), None)
