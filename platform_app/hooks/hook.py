"""Hook: a Django signal with a spine.

Its receivers form a chain around a default action. A receiver that is a plain function runs before it.
A receiver that is a generator runs around it: what stands before its `yield` runs before, what stands after
runs after. An exception aborts the chain; a generator may catch it at its `yield`, as it may with any call. A
generator that returns without yielding stops the chain silently: the action and the later receivers are
skipped, and nobody is told. Where a request waits, a receiver that returns an HttpResponse answers it:
instead of the action and the later receivers, or, after its `yield`, instead of the action's answer.

Reference: contract/hooks.md 1.
"""

import inspect
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from itertools import count
from typing import Any

from django.dispatch import Signal

from platform_app.hooks.chains import OWN_PRIORITY, Link, Part, Receiver, chain
from platform_app.hooks.event import Event, Tags


class Hook(Signal):
    """A chain of receivers around a default action.

    `connect` takes `collection` (a name or id, or several; without it the receiver sees every collection),
    `priority` (lower runs first; equal ones in order of connecting) and `dispatch_uid`: connecting a known
    one again replaces that receiver in its place. Receivers are held strongly: a hook that vanished with its
    module's last reference would be a trap.

    Only a `tagged` hook, whose events have tags, takes `collection`; no hook takes Django's `sender`. Either
    raises TypeError, for such a receiver would never be called.
    """

    def __init__(self, *, tagged: bool = False) -> None:
        super().__init__()
        self.tagged = tagged
        self.changed: list[Callable[[], None]] = []  # called when a receiver has come or gone
        self._links: tuple[Link, ...] = ()
        self._counter = count()
        # For `has_receivers_for`: the tags that receivers limit themselves to, and whether some do not.
        self._limits: Tags = frozenset()
        self._is_unlimited = False

    def connect(
        self,
        receiver: Receiver,
        sender: object | None = None,
        weak: bool = False,
        dispatch_uid: Any = None,
        *,
        collection: str | Iterable[str] = (),
        priority: int = 0,
    ) -> None:
        tags = frozenset((collection,) if isinstance(collection, str) else collection)
        if sender is not None:
            raise TypeError("hooks have no senders; a receiver is limited with collection=")
        if tags and not self.tagged:
            raise TypeError("this hook is not about one collection: its receivers take no collection=")
        _check_takes(receiver)
        uid = dispatch_uid if dispatch_uid is not None else receiver
        known = next((link for link in self._links if link.uid == uid), None)
        link = Link(
            receiver=receiver,
            priority=priority,
            order=known.order if known else next(self._counter),
            tags=tags,
            uid=uid,
            is_around=inspect.isgeneratorfunction(receiver),
        )
        kept = [other for other in self._links if other.uid != uid]
        self._set_links(sorted([*kept, link], key=lambda one: (one.priority, one.order)))

    def disconnect(
        self, receiver: Receiver | None = None, sender: object | None = None, dispatch_uid: Any = None
    ) -> bool:
        uid = dispatch_uid if dispatch_uid is not None else receiver
        before = self._links
        self._set_links(link for link in before if link.uid != uid)
        return len(self._links) < len(before)

    def disconnect_all(self) -> None:
        """Remove every receiver, those of the server itself too."""
        self._set_links(())

    def _set_links(self, links: Iterable[Link]) -> None:
        self._links = tuple(links)
        self._limits = frozenset().union(*(link.tags for link in self._links))
        self._is_unlimited = not all(link.tags for link in self._links)
        for tell in self.changed:
            tell()

    def has_listeners(self, sender: object | None = None) -> bool:
        return bool(self._links)

    def has_receivers_for(self, tags: Tags) -> bool:
        """Whether a receiver takes events with these tags."""
        return self._is_unlimited or not self._limits.isdisjoint(tags)

    def trigger(self, event: Event, action: Callable[[], Any] | None = None) -> Any:
        """Run the chain for `event` around `action`; returns what the action returned.

        None is returned when a receiver stopped the chain, or swallowed the action's error. Raises whatever
        a receiver or the action raises and no receiver swallows.
        """
        if not self._links or not self.has_receivers_for(event.tags):
            return action() if action else None
        result = None
        with self.around(event) as goes_on:
            if goes_on and action is not None:
                result = action()
        return result

    def around(self, event: Event) -> AbstractContextManager[bool]:
        """The chain as a `with` block: entering runs what comes before, leaving what comes after.

        The value says whether to go on: False when a receiver stopped the chain, or swallowed the error of a
        later one. The block's own error goes through the generators, which may swallow it.
        """
        return chain(event, (self, self._links))

    def front(self) -> Part:
        """The receivers that come before what the server itself does at this hook."""
        return self, tuple(
            link for link in self._links if link.priority < OWN_PRIORITY
        ) if self._links else ()

    def rest(self) -> Part:
        return self, tuple(
            link for link in self._links if link.priority >= OWN_PRIORITY
        ) if self._links else ()


def _check_takes(receiver: Receiver) -> None:
    """Raises TypeError for what cannot be called as receivers are, which requests would find out."""
    try:
        signature = inspect.signature(receiver)
    except ValueError:
        return  # it does not tell
    try:
        signature.bind(event=None, signal=None, sender=None)
    except TypeError as error:
        raise TypeError(f"{receiver!r} takes no (event, **kwargs): {error}") from error
