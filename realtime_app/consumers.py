"""The Channels consumer that holds the connection of `GET /api/realtime`."""

from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.http import AsyncHttpConsumer

from platform_app.requests.asgi import Receive, Scope, Send
from platform_app.requests.stream_answers import answer_in, piece_writer
from realtime_app.connecting import Opening
from realtime_app.service import service
from realtime_app.streams import Stream


class RealtimeConsumer(AsyncHttpConsumer):  # type: ignore[misc]
    """Sends the head and the first message; from then on the hub's deliveries push, and this only waits.

    (To loop in `handle` would never see the client go: Channels dispatches one message after the other.)
    """

    channel_layer_alias = None  # streams get no messages of their own from the bus

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.opening: Opening = answer_in(scope)[0].subject  # type: ignore[assignment]
        self.stream: Stream | None = None
        has_begun = False

        async def request_first() -> Any:
            # The body was read before the view was asked.
            nonlocal has_begun
            if has_begun:
                return await receive()
            has_begun = True
            return {"type": "http.request", "body": b"", "more_body": False}

        try:
            await super().__call__(scope, request_first, send)
        finally:
            self.leave()
            if self.stream is not None:
                self.stream.abandon()

    async def dispatch(self, message: Any) -> None:
        # Channels' own looks at database connections each time, on a thread; none is used here.
        if message["type"] == "http.request":
            await self.http_request(message)
        else:
            raise StopConsumer

    async def http_request(self, message: Any) -> None:
        opening, client = self.opening, self.opening.client
        headers = answer_in(self.scope)[1]
        await self.send_headers(headers=headers)
        headers.clear()  # the calls that are open as long as the stream still hold the list
        await service.relay.announced()  # before the client can subscribe, and miss something
        stream = self.stream = Stream(
            self.base_send,
            self.leave,
            idle=opening.idle_seconds,
            longest=opening.max_seconds,
            write_piece=await piece_writer(self.scope, self.base_send),
        )
        client.attach(stream.push, stream.close, service.send)
        if opening.first_frame is None or not service.admit(client):
            stream.close()
        elif opening.first_frame:
            stream.push(opening.first_frame)

    def leave(self) -> None:
        """The stream is over, whoever ended it; the client may still have to take the end of the answer."""
        opening = self.opening
        service.hub.unregister(opening.client)
        opening.client.detach()
        opening.end()
