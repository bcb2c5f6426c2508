"""A cache that is bounded by what its values weigh: how many entries fit depends on what clients put in."""

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# What would take more than this part of the cache is not kept: it would push out all the others.
_LARGEST_PART = 8


class WeighedCache(Generic[Key, Value]):
    """Keeps values until they weigh more than `most_bytes` together; then the oldest ones go.

    Weights are estimates, in bytes. Readers take no lock: they see the cache before or after a change.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.weight_bytes = 0
        self._values: dict[Key, Value] = {}
        self._weights: dict[Key, int] = {}
        self._writing = threading.Lock()
        self.get = self._values.get

    def put(self, key: Key, value: Value, weight_bytes: int) -> None:
        """Keep the value, unless it is too heavy to be kept at all."""
        if weight_bytes * _LARGEST_PART > self.most_bytes:
            return
        with self._writing:
            self._drop(key)
            while self.weight_bytes + weight_bytes > self.most_bytes:
                self._drop(next(iter(self._values)))
            self._values[key] = value
            self._weights[key] = weight_bytes
            self.weight_bytes += weight_bytes

    def _drop(self, key: Key) -> None:
        if self._values.pop(key, None) is not None:
            self.weight_bytes -= self._weights.pop(key)
