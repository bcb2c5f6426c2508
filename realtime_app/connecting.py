"""A stream about to open: who it belongs to, and the hook that lasts as long as it does."""

import logging
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from django.http import HttpRequest

from platform_app.requests.lane_threads import threads_of
from realtime_app.clients import Client
from realtime_app.events import RealtimeConnectEvent, realtime_connect_request
from realtime_app.messages import first_frame

logger = logging.getLogger(__name__)

_NO_HOOK: AbstractContextManager[object] = nullcontext()


@dataclass
class Opening:
    """What the view has decided about a stream. `first_frame` is None for one that ends at once."""

    client: Client
    idle_seconds: float
    max_seconds: float
    first_frame: bytes | None
    around: AbstractContextManager[object] = field(default=_NO_HOOK)

    def end(self) -> None:
        """Have the receivers of the connect hook do what they do when the stream has ended, once."""
        around, self.around = self.around, _NO_HOOK
        if around is not _NO_HOOK:
            threads_of("pool").submit_admitted(_leave, around)


def _leave(around: AbstractContextManager[object]) -> None:
    try:
        around.__exit__(None, None, None)
    except Exception:
        logger.exception("a receiver of realtime_connect_request failed after its stream")


def open_stream(request: HttpRequest, client: Client) -> Opening | None:
    """Run what receivers do before a stream opens; None when one of them stops it. Raises what they raise."""
    event = RealtimeConnectEvent(request, client)
    if not realtime_connect_request.has_listeners():
        return Opening(client, event.idle_seconds, event.max_seconds, first_frame(client))
    around = realtime_connect_request.around(event)
    if not around.__enter__():
        return None
    return Opening(event.client, event.idle_seconds, event.max_seconds, first_frame(client), around)
