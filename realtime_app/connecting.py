"""A stream about to open: who it belongs to, and the hook that lasts as long as it does."""

import weakref
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.http import HttpRequest

from collections_app.views.api_view import request_info_for_hooks
from platform_app.requests.lane_threads import threads_of
from realtime_app.clients import Client
from realtime_app.events import (
    IDLE_SECONDS,
    MAX_SECONDS,
    RealtimeConnectEvent,
    realtime_connect_request,
    realtime_message_send,
)
from realtime_app.messages import first_frame


@dataclass(eq=False)
class Opening:
    """What the view has decided about a stream. `first_frame` is None for one that ends at once."""

    client: Client
    idle_seconds: float
    max_seconds: float
    first_frame: bytes | None
    # Runs what receivers do afterwards: called when the stream has ended, or when nobody holds this any more,
    # as HEAD opens no stream, and a client may be gone before its stream is open.
    ending: "weakref.finalize[..., Opening] | None" = None

    def end(self) -> None:
        """Have the receivers of the connect hook do what they do when the stream has ended, once."""
        if self.ending is not None:
            self.ending()


def open_stream(request: HttpRequest, client: Client) -> Opening | None:
    """Run what receivers do before a stream opens; None when one of them stops it. Raises what they raise."""
    if realtime_message_send.has_listeners():
        client.request = request
    if not realtime_connect_request.has_listeners():
        return Opening(client, IDLE_SECONDS, MAX_SECONDS, first_frame(client))
    event = RealtimeConnectEvent(request_info_for_hooks(request), client)
    around = realtime_connect_request.around(event)
    if not around.__enter__():
        return None
    opening = Opening(event.client, event.idle_seconds, event.max_seconds, first_frame(event.client))
    opening.ending = weakref.finalize(opening, _end, around)
    opening.ending.atexit = False
    return opening


def _end(around: AbstractContextManager[object]) -> None:
    # What a receiver raises now is logged, as behind any answer.
    threads_of("pool").submit_admitted(around.__exit__, None, None, None)
