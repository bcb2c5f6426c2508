"""The head of an answer and its body go out together: each write is a system call, and wakes the client."""

from typing import Any


class JoiningTransport:
    """Stands for a connection's transport while the head of an answer waits for the body behind it.

    uvicorn's `cycle` writes the two one after the other, and calls nothing else in between.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._cycle: Any = None
        self._head = b""

    def begin(self, cycle: Any) -> None:
        """The answer of this cycle begins; its whole body follows at once, and is not empty."""
        self._cycle, self._head = cycle, b""
        cycle.transport = self

    def write(self, data: bytes) -> None:
        if not self._head:
            self._head = data
            return
        self._cycle.transport, self._cycle = self._transport, None
        self._transport.writelines((self._head, data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
