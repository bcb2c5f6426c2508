"""Middlewares that come with the server, for routes and groups: guards, limits, what is logged, compression.

They have the ids and priorities of the reference, so that one with the same id replaces them.
Reference: apis/middlewares*.go, PocketBase v0.39.11; contract/system.md 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_sequence, compress_string

from collections_app.catalog import find_collection
from collections_app.system_names import SUPERUSERS
from collections_app.views import guards
from platform_app.requests.activity import skip_success_log as leave_out_of_log
from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES, is_over
from platform_app.wire.errors import Forbidden, TooLarge
from system_app.middleware.cors import CorsMiddleware
from system_app.routing.middlewares import Around, Middleware, layer, middleware_of
from system_app.routing.values import path_values

CORS, CORS_PRIORITY = "pbCors", -1041
ACTIVITY_LOG, ACTIVITY_LOG_PRIORITY = "pbActivityLogger", -1040
LOAD_TOKEN, LOAD_TOKEN_PRIORITY = "pbLoadAuthToken", -1020
SECURITY_HEADERS = "pbSecurityHeaders"
RATE_LIMIT, RATE_LIMIT_PRIORITY = "pbRateLimit", -1000
BODY_LIMIT, BODY_LIMIT_PRIORITY = "pbBodyLimit", -990

_RANDOM_BYTES = 100  # in front of what is compressed, so that its length tells less


def require_guest() -> Middleware:
    """Nobody who is signed in: 400."""
    return _guard("pbRequireGuestOnly", guards.require_guest)


def require_auth(*collections: str) -> Middleware:
    """Somebody who is signed in (401), as a record of one of these collections if there are any (403)."""
    return _guard("pbRequireAuth", lambda request: guards.require_auth(request, *collections))


def require_superuser() -> Middleware:
    return _guard("pbRequireSuperuserAuth", lambda request: guards.require_auth(request, SUPERUSERS))


def require_superuser_or_owner(name: str = "id") -> Middleware:
    """A superuser, or the record whose id the path has under this name."""
    return _guard(
        "pbRequireSuperuserOrOwnerAuth",
        lambda request: guards.require_superuser_or_owner(request, path_values(request).get(name, "")),
    )


def require_same_collection(name: str = "collection") -> Middleware:
    """A record of the collection whose name or id the path has under this name."""

    def check(request: HttpRequest) -> None:
        caller = guards.require_auth(request).collection
        collection = find_collection(path_values(request).get(name, ""))
        if collection is None or collection.id != caller.id:
            raise Forbidden(f"The request requires auth record from {caller.name} collection.")

    return _guard("pbRequireSameCollectionContextAuth", check)


def skip_success_log() -> Middleware:
    """Requests are logged only when they fail."""
    return _guard("pbSkipSuccessActivityLog", leave_out_of_log)


def cors(origins: Sequence[str]) -> Middleware:
    """Lets in pages of these origins instead of those in CORS_ORIGINS; `*` and `?` are wildcards.

    Preflights have another method than the route, so they are answered by whoever answers its OPTIONS.
    """
    return Middleware(layer(partial(CorsMiddleware, origins=origins)), CORS, CORS_PRIORITY)


@dataclass(frozen=True)
class BodyLimit(Middleware):
    """`limit_bytes` 0 is none."""

    limit_bytes: int = 0


def body_limit(limit_bytes: int) -> Middleware:
    """Refuses larger bodies with 413, in place of the usual 32 MiB; 0 lets all in."""

    def check(request: HttpRequest) -> None:
        if limit_bytes > 0 and _is_larger(request, limit_bytes):
            raise TooLarge

    return BodyLimit(middleware_of(check).wrap, BODY_LIMIT, BODY_LIMIT_PRIORITY, limit_bytes)


def _is_larger(request: HttpRequest, limit_bytes: int) -> bool:
    if is_over(request, limit_bytes):
        return True
    # Nobody announced how large it is. While it was read, only what is over the usual limit was counted.
    is_counted = bool(request.META.get("CONTENT_LENGTH")) or limit_bytes >= DEFAULT_LIMIT_BYTES
    return not is_counted and len(request.body) > limit_bytes


def gzip() -> Middleware:
    """Compresses answers for who accepts it.

    Not for answers that hold a secret beside something that the client chose: their length tells of it.
    """
    return middleware_of(_compressed, id="pbGzip")


def _compressed(request: HttpRequest) -> Around:
    response: Any = yield
    patch_vary_headers(response, ("Accept-Encoding",))
    is_plain = not (response.has_header("Content-Encoding") or response.has_header("Content-Range"))
    if not is_plain or "gzip" not in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        return
    if response.streaming:
        response.streaming_content = compress_sequence(response.streaming_content)
    elif response.content:
        response.content = compress_string(response.content, max_random_bytes=_RANDOM_BYTES)
    else:
        return
    response.headers.pop("Content-Length", None)
    response["Content-Encoding"] = "gzip"


def _guard(id: str, check: Callable[[HttpRequest], Any]) -> Middleware:  # noqa: A002 - a middleware's own word
    def run(request: HttpRequest) -> None:
        check(request)  # what it returns is no answer

    return middleware_of(run, id=id)
