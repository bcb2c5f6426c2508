"""Which hooks have fired, and how often."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from platform_app.hooks.event import Event
from platform_app.hooks.hook import Hook

# Before all others: what a receiver stops has begun.
_FIRST = -1_000_000


class EventCounts:
    """`fired` has the names of hooks in the order in which they fired, such as `record_create_request`."""

    def __init__(self) -> None:
        self.fired: list[str] = []

    def __getitem__(self, name: str) -> int:
        """How often a hook has fired. Raises LookupError for a name that no hook has."""
        if name not in all_hooks():
            raise LookupError(f"there is no hook {name!r}")
        return self.fired.count(name)

    def as_dict(self) -> dict[str, int]:
        return dict(Counter(self.fired))

    def clear(self) -> None:
        self.fired.clear()


def all_hooks() -> dict[str, Hook]:
    """The hooks of all apps by their names: those that an `events` module which is imported declares."""
    return {
        name: found
        for module_name, module in sorted(sys.modules.items())
        if module_name.endswith(".events")
        for name, found in vars(module).items()
        if isinstance(found, Hook)
    }


@contextmanager
def counted() -> Iterator[EventCounts]:
    """Count what fires meanwhile."""
    counts = EventCounts()
    uids: list[tuple[Hook, object]] = []

    def connect(name: str, hook: Hook) -> None:
        def note(event: Event, **kwargs: Any) -> None:
            counts.fired.append(name)

        hook.connect(note, dispatch_uid=note, priority=_FIRST)
        uids.append((hook, note))

    for name, hook in all_hooks().items():
        connect(name, hook)
    try:
        yield counts
    finally:
        for hook, uid in uids:
            hook.disconnect(dispatch_uid=uid)
