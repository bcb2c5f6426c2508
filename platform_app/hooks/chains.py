"""One run of hook receivers around an action, as a `with` block (contract/hooks.md 1)."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from django.dispatch import Signal
from django.http import HttpResponseBase

from platform_app.database.lanes import require_pool
from platform_app.hooks.event import Event, Tags

Receiver = Callable[..., Any]

# Receivers with a lower priority come before what the server itself does at a hook, such as guarding the last
# superuser, and before the record hooks when they listen to a model hook.
OWN_PRIORITY = -99


@dataclass(frozen=True, slots=True)
class Link:
    """One receiver in the chain."""

    receiver: Receiver
    priority: int
    order: int
    tags: Tags
    uid: Any
    is_around: bool

    def takes(self, tags: Tags) -> bool:
        """Whether the receiver is for events with these tags; without tags of its own it is for all."""
        return not self.tags or not self.tags.isdisjoint(tags)


# Some receivers of a hook.
Part = tuple[Signal, tuple[Link, ...]]


def chain(event: Event, *parts: Part) -> AbstractContextManager[bool]:
    """The receivers of some parts of hooks as one `with` block, see `Hook.around`."""
    if not any(links for _, links in parts):
        return ALONE
    tags = event.tags
    steps = [(hook, link) for hook, links in parts for link in links]
    if not any(link.takes(tags) for _, link in steps):
        return ALONE
    require_pool()  # what receivers do may be slow
    return _Chain(steps, event)


class _Alone(AbstractContextManager[bool]):
    """The chain of a hook that nobody listens to."""

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *exception: object) -> None:
        return None


ALONE = _Alone()


class _Chain(AbstractContextManager[bool]):
    """One run of receivers; `_begun` are the generators that wait at their `yield`.

    `_fault` is the last error that a receiver raised itself, in contrast to those that only went through it.
    """

    def __init__(self, steps: list[tuple[Signal, Link]], event: Event) -> None:
        self._steps = steps
        self._event = event
        self._begun: list[tuple[Link, Generator[object, None, None]]] = []
        self._fault: BaseException | None = None
        self._goes_on = False

    def __enter__(self) -> bool:
        event, sender = self._event, type(self._event)
        try:
            for hook, link in self._steps:
                if not link.takes(event.tags):  # asked when its turn comes: a receiver may have renamed
                    continue
                answer = link.receiver(event=event, signal=hook, sender=sender)
                if link.is_around:
                    try:
                        said = next(answer)
                    except StopIteration as end:
                        self._take(end.value)
                        return False
                    if isinstance(said, HttpResponseBase):
                        answer.close()
                        raise TypeError(f"hook receiver {link.receiver!r} yields an answer: return it")
                    self._begun.append((link, answer))
                elif self._take(answer):
                    return False
        except BaseException as error:  # noqa: BLE001 - handed to the generators before it, which decide
            self._fault = error
            if (left := self._end(error, is_done=False)) is not None:
                raise left from left.__cause__
            return False
        self._goes_on = True
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        left = self._end(error, is_done=self._goes_on and error is None)
        if left is not None and left is not error:
            raise left
        return left is None

    def _take(self, answer: object) -> bool:
        """Whether a receiver has returned an answer to the request, which is the event's then."""
        if not isinstance(answer, HttpResponseBase):
            return False
        self._event.answer(answer)
        return True

    def _end(self, error: BaseException | None, *, is_done: bool) -> BaseException | None:
        """Let the generators finish, the last one first; returns the error that leaves the chain."""
        while self._begun:
            link, around = self._begun.pop()
            try:
                next(around) if error is None else around.throw(error)
            except StopIteration as end:
                error = self._answered(end.value)
            except BaseException as raised:  # noqa: BLE001 - the next generator decides
                if raised is not error:
                    self._fault = error = raised
            else:
                around.close()
                problem = RuntimeError(f"hook receiver {link.receiver!r} yielded more than once")
                problem.__cause__ = error
                self._fault = error = problem
        if isinstance(error, Exception) and error is self._fault:
            return self._outcome_of(error, is_done=is_done)
        return error

    def _answered(self, answer: object) -> BaseException | None:
        """The error of a generator whose answer there is no use for; None for all others."""
        try:
            self._take(answer)
        except TypeError as error:
            self._fault = error
            return error
        return None

    def _outcome_of(self, error: Exception, *, is_done: bool) -> Exception | None:
        left = self._event.outcome_of(error, is_done=is_done)
        if left is not None and left is not error:
            left.__cause__ = error
        return left
