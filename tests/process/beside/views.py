"""The views of this app."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from realtime_app import broker, streams
from realtime_app.feeds import feeds
from system_app.jobs.enqueuing import enqueue
from tests.process.beside import work
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


def realtime(request: HttpRequest) -> JsonResponse:
    """This process's realtime clients, the bytes that wait for them, and its open sockets."""
    return JsonResponse(
        {
            "clients": broker.count(),
            "queued": streams._Queued.bytes,
            "sockets": sum(map(_is_socket, _files())),
        }
    )


def _files() -> list[Path]:
    return list(Path("/proc/self/fd").iterdir())


def _is_socket(file: Path) -> bool:
    try:
        return str(file.readlink()).startswith("socket:")
    except OSError:  # closed meanwhile
        return False


def send_to_feed(request: HttpRequest, channel: Any) -> HttpResponse:
    """As many entries as it says, each with its number and as long a text as it says."""
    text = "x" * int(request.GET.get("length", 0))
    for number in range(int(request.GET["count"])):
        feeds.send(channel, "entry", {"number": number, "text": text})
    if "at_once" in request.GET:
        feeds.flush()
    return HttpResponse()


def enqueue_work(request: HttpRequest) -> HttpResponse:
    enqueue(work.fail_once, request.GET["mark"], pauses_seconds=(0.5,))
    return HttpResponse()
