"""The views of this app."""

import threading
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from tests.process.beside.log import note


def lane(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(threading.current_thread().name)


def endless(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_endless())


def _endless() -> Iterator[bytes]:
    try:
        while True:
            yield b"x" * 1024
    finally:
        note(f"stream closed on {threading.current_thread().name.rpartition('-')[0]}")
