"""Who else is there: the other members, and what they have announced."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Peer:
    """Another process, and what it has announced."""

    channel: str
    announced: Mapping[str, Any]
    heard_at: float


class Peers:
    """Changed on the event loop of a member only; `by_tag` is replaced then, and so read by any thread."""

    def __init__(self) -> None:
        self.by_tag: Mapping[str, Peer] = {}

    def meet(self, tag: str, channel: str, announced: Mapping[str, Any]) -> bool:
        """Whether it was known."""
        is_known = tag in self.by_tag
        self.by_tag = {**self.by_tag, tag: Peer(channel, announced, time.monotonic())}
        return is_known

    def forget(self, tag: str) -> bool:
        """Whether it was known."""
        is_known = tag in self.by_tag
        self.by_tag = {other: peer for other, peer in self.by_tag.items() if other != tag}
        return is_known

    def silent(self, seconds: float) -> list[str]:
        """Those that were not heard for so long."""
        limit = time.monotonic() - seconds
        return [tag for tag, peer in self.by_tag.items() if peer.heard_at < limit]
