"""How requests to S3 travel: each ends within a time that is known before, whatever the server does.

botocore's own connections time out step by step, which a server that sends a byte now and then outlasts.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpcore
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import HTTPClientError

from platform_app.outgoing.answer import RequestFailed
from platform_app.outgoing.bounded_client import (
    FAILURES,
    DeadlineBackend,
    httpcore_url,
    new_pool,
    parsed_target,
    proxy_to,
)
from platform_app.outgoing.patience import patience_ends_at

# Of one request, or one piece of a download, whatever its size; and what its bytes add to that.
SECONDS = 15.0
BYTES_PER_SECOND = 128 * 1024
# Of an answer that is no download: a page of a listing has a thousand keys, which is less than 2 MB.
_MOST_BYTES = 8 * 1024 * 1024
_MOST_IDLE = 16


class S3Transport:
    """Sends the requests of one client, from any number of threads."""

    def __init__(self) -> None:
        self._deadline = _Deadline()
        self._pools: dict[str, httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()

    def __del__(self) -> None:
        # With the last one who was at work in a bucket of earlier settings.
        for pool in self._pools.values():
            pool.close()

    def serve(self, events: Any) -> None:
        """Take the requests over from botocore, whose `before-send` may give an answer itself."""
        events.register("before-call.s3", _stay_where_told)
        events.register("before-send.s3", self.send)
        events.register("before-parse.s3", _keep_words)
        events.register("before-parse.s3.ListObjectsV2", _require_listing)

    def send(self, request: AWSPreparedRequest, event_name: str, **kwargs: Any) -> AWSResponse:
        """Raises HTTPClientError."""
        body = _content_of(request)
        try:
            target = parsed_target(request.url)
            self._deadline.begin(SECONDS + len(body) / BYTES_PER_SECOND)
            response = self._pool(proxy_to(target)).handle_request(
                httpcore.Request(
                    request.method,
                    httpcore_url(target),
                    headers=[(b"Host", target.netloc.encode()), *_headers_of(request)],
                    content=body or None,
                )
            )
        except (*FAILURES, RequestFailed) as error:
            said = f'{request.method.capitalize()} "{request.url}": {_words(error)}'
            raise HTTPClientError(error=said) from error
        content = _Content(response, self._deadline)
        headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in response.headers}
        answer = AWSResponse(request.url, response.status, headers, content)
        if response.status >= 300 or not event_name.endswith(".GetObject"):
            content.load()
        return answer

    def _pool(self, proxy: str) -> httpcore.ConnectionPool:
        with self._lock:
            pool = self._pools.get(proxy)
            if pool is None:
                # Each download has a connection until it is read; others must not wait for slow readers.
                pool = self._pools[proxy] = new_pool(
                    proxy, DeadlineBackend(self._deadline), most_connections=None, most_idle=_MOST_IDLE
                )
            return pool


class _Broken(HTTPClientError):  # type: ignore[misc]  # botocore has no types
    """A connection that ended in the middle, as opposed to one that is too slow."""


class _Content:
    """The body of an answer, as botocore reads it. A read gives all that it is asked for, but at the end."""

    def __init__(self, response: httpcore.Response, deadline: "_Deadline") -> None:
        self._response = response
        self._deadline = deadline
        self._chunks: Iterator[bytes] = iter(response.iter_stream())
        self._left = b""

    def __del__(self) -> None:
        self.close()  # that of an answer which botocore could not make sense of

    def read(self, size: int | None = None) -> bytes:
        """Raises HTTPClientError."""
        if size is None:
            return b"".join(self.stream())
        self._deadline.begin(SECONDS + size / BYTES_PER_SECOND)
        parts: list[bytes] = []
        missing = size
        while missing > 0:
            try:
                chunk = self._left or self._next()
            except _Broken:
                if not parts:
                    raise
                break  # what came counts; who reads on learns that there is no more
            if not chunk:
                break
            parts.append(chunk[:missing])
            self._left = chunk[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)

    def stream(self) -> Iterator[bytes]:
        while chunk := self.read(64 * 1024):
            yield chunk

    def load(self) -> None:
        """Read it to its end within the time of the request. Raises HTTPClientError."""
        parts: list[bytes] = []
        size = 0
        try:
            while chunk := self._next():
                size += len(chunk)
                if size > _MOST_BYTES:
                    raise HTTPClientError(error=f"an answer of more than {_MOST_BYTES} bytes")
                parts.append(chunk)
        finally:
            self.close()
        self._left, self._chunks = b"".join(parts), iter(())

    def close(self) -> None:
        with suppress(*FAILURES):
            self._response.close()

    def _next(self) -> bytes:
        try:
            return next((chunk for chunk in self._chunks if chunk), b"")
        except httpcore.TimeoutException as error:
            raise HTTPClientError(error=_words(error)) from error
        except FAILURES as error:
            raise _Broken(error=_words(error)) from error


class _Deadline(threading.local):
    """That of what this thread is doing: connections are used by one thread after the other."""

    ends_at = 0.0

    def begin(self, seconds: float) -> None:
        self.ends_at = min(time.monotonic() + seconds, patience_ends_at())

    def remaining(self) -> float:
        remaining = self.ends_at - time.monotonic()
        if remaining <= 0:
            raise httpcore.TimeoutException("no time left")
        return remaining


def _content_of(request: AWSPreparedRequest) -> bytes:
    body: Any = request.body
    if body is None:
        return b""
    if hasattr(body, "read"):
        return bytes(body.read())
    return body.encode() if isinstance(body, str) else bytes(body)


def _headers_of(request: AWSPreparedRequest) -> Iterator[tuple[bytes, bytes]]:
    for name, text in request.headers.items():
        yield name.encode(), text if isinstance(text, bytes) else str(text).encode()


def _stay_where_told(context: dict[str, Any], **kwargs: Any) -> None:
    """Let botocore take each refusal for one that it has followed to another region already.

    It would sign for the region that a server names, so that nobody noticed that the settings name another
    one; and follow what is no S3, in circles.
    """
    context.setdefault("s3_redirect", {})["redirected"] = True


def _require_listing(response_dict: dict[str, Any], **kwargs: Any) -> None:
    """Raises ValueError for a list of objects that is none: botocore takes any page for an empty one."""
    if response_dict["status_code"] < 300 and b"<ListBucketResult" not in response_dict["body"]:
        raise ValueError("it lists no objects")


def _keep_words(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **kwargs: Any
) -> None:
    """Let a refusal keep what the server wrote, for superusers that look for the reason."""
    if response_dict["status_code"] >= 300:
        customized_response_dict["Words"] = response_dict["body"]


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
