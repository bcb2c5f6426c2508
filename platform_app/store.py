"""Values that all threads of this process share, by key: nothing is stored, and no other process sees them.

    rates = store.get_or_set("rates", load_rates)

What several processes have to agree on belongs into the database, or into Django's cache framework.
Reference: tools/store/store.go, PocketBase v0.39.11.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

from platform_app.database.lanes import require_pool

Value = TypeVar("Value")


class _Making:
    """A value that somebody is about to make, and how many threads are here for it."""

    def __init__(self) -> None:
        # No lock to who has it: asking for a value while making it ends with RecursionError, and not never.
        self.lock = threading.RLock()
        self.threads = 0


class Store(Generic[Value]):
    """A dictionary whose every method is done as a whole before another thread's begins."""

    def __init__(self, values: Mapping[Hashable, Value] | None = None) -> None:
        self._lock = threading.Lock()
        self._values = dict(values or {})
        self._making: dict[Hashable, _Making] = {}

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, default: Value | None = None) -> Value | None:
        with self._lock:
            return self._values.get(key, default)

    def has(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._values

    def get_all(self) -> dict[Hashable, Value]:
        """A copy of what there is now."""
        with self._lock:
            return dict(self._values)

    def set(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._values[key] = value

    def change(self, key: Hashable, change: Callable[[Value | None], Value]) -> Value:
        """Put what `change` makes of the value in its place, and return it; None stands for none.

        All others wait meanwhile, so it must be short and must not use the store itself.
        """
        with self._lock:
            value = self._values[key] = change(self._values.get(key))
            return value

    def get_or_set(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of `key`; when there is none, what `make` returns, which is called once.

        Only those wait for it who ask for the same key. What it raises is raised, nothing is kept, and the
        next one who asks calls it again.
        """
        with self._lock:
            if key in self._values:
                return self._values[key]
        require_pool()  # to make it may take long, and so may waiting for it
        with self._lock:
            making = self._making.setdefault(key, _Making())
            making.threads += 1
        try:
            with making.lock:
                with self._lock:
                    if key in self._values:
                        return self._values[key]
                value = make()
                with self._lock:
                    return self._values.setdefault(key, value)  # somebody may have set one
        finally:
            with self._lock:
                making.threads -= 1
                if not making.threads:
                    del self._making[key]

    def set_if_less_than_limit(self, key: Hashable, value: Value, limit: int) -> bool:
        """Set the value unless `key` is new and there are `limit` others already; tells whether it did."""
        with self._lock:
            if key not in self._values and len(self._values) >= limit:
                return False
            self._values[key] = value
            return True

    def remove(self, key: Hashable) -> None:
        """Nothing happens when there is no such key."""
        with self._lock:
            self._values.pop(key, None)

    def reset(self, values: Mapping[Hashable, Value] | None = None) -> None:
        """Forget all, and begin with these."""
        with self._lock:
            self._values = dict(values or {})


# Code of your own keeps here what it likes; ours keeps nothing in it.
store: Store[Any] = Store()
