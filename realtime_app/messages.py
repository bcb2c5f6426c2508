"""Messages to clients: through the hook that sees each of them, and on to the streams.

Reference: contract/realtime.md 2 and 8.
"""

import logging

from realtime_app.clients import Client, frame_tail
from realtime_app.events import RealtimeMessageEvent, realtime_message_send

logger = logging.getLogger(__name__)


def first_frame(client: Client) -> bytes | None:
    """The message that tells a client its id; empty if a receiver drops it, None if the stream is to end."""
    event = RealtimeMessageEvent(client, "PB_CONNECT", b'{"clientId":"' + client.id.encode() + b'"}')
    return _frame(event)


def frame_through_hook(client: Client, name: str, data: bytes) -> bytes | None:
    """The frame of a message to one client; empty if it is dropped, None if the stream is to end."""
    return _frame(RealtimeMessageEvent(client, name, data))


def _frame(event: RealtimeMessageEvent) -> bytes | None:
    client = event.client
    try:
        frame: bytes | None = realtime_message_send.trigger(
            event, lambda: client.head + frame_tail(event.name, event.data)
        )
    except Exception:
        logger.info("a message to %r was refused, and its stream ends", client, exc_info=True)
        return None
    return frame or b""
