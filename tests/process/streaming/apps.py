"""Receivers that do what the headers of a request say, and note what they saw."""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from platform_app.wire.errors import Forbidden
from realtime_app.events import realtime_connect_request, realtime_subscribe_request

log: list[str] = []


class StreamingConfig(AppConfig):
    name = "tests.process.streaming"

    def ready(self) -> None:
        realtime_connect_request.connect(_visit)
        realtime_subscribe_request.connect(_judge)


def _visit(event: Any, **kwargs: Any) -> Iterator[None]:
    event.idle_seconds = float(event.request.headers.get("X-Idle", event.idle_seconds))
    name = event.request.headers.get("X-Name", "")
    log.append(f"{name} comes")
    yield
    log.append(f"{name} goes, {event.client.auth and event.client.auth['email']}")


def _judge(event: Any, **kwargs: Any) -> None:
    log.append(f"{event.request.headers.get('X-Name', '')} subscribes, {event.auth and event.auth['email']}")
    event.headers["X-Judged"] = "yes"
    if event.request.headers.get("X-Refuse"):
        raise Forbidden("Not you.")
    event.subscriptions += event.request.headers.get("X-More", "").split()
