"""Middlewares of routes: code around the rest of a request, with an id and a priority.

A generator runs around the rest, which its `yield` stands for and whose answer it gets; what it returns, if
anything, is answered instead. A plain function runs before, and answers by returning something.

    def timed(request):
        began = monotonic()
        response = yield
        response["Server-Timing"] = f"all;dur={(monotonic() - began) * 1000:.1f}"

Reference: tools/hook and tools/router, PocketBase v0.39.11.
"""

import inspect
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from platform_app.database.lanes import require_pool
from system_app.routing.answering import error_answer, to_response

# What answers a request; it may raise.
Rest = Callable[[HttpRequest], HttpResponseBase]
Around = Generator[None, HttpResponseBase, Any]


@dataclass(frozen=True)
class Middleware:
    """`wrap` puts it around the rest of a request. Those without an id cannot be removed or replaced."""

    wrap: Callable[[Rest], Rest]
    id: str = ""
    priority: int = 0


def middleware_of(function: Callable[[HttpRequest], Any], *, id: str = "", priority: int = 0) -> Middleware:  # noqa: A002
    """A function or a generator function as a middleware. Raises TypeError for anything else."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function!r}: middlewares are plain functions or generators, not async")
    if not callable(function):
        raise TypeError(f"expected a function as middleware, got {function!r}")
    wrap = _around if inspect.isgeneratorfunction(function) else _before
    return Middleware(lambda rest: wrap(function, rest), id, priority)


def in_order(middlewares: Iterable[Middleware]) -> list[Middleware]:
    """Sorted by priority; of those with one id the last one, in the place of the first."""
    found: list[Middleware] = []
    for middleware in middlewares:
        known = [at for at, other in enumerate(found) if middleware.id and other.id == middleware.id]
        if known:
            found[known[0]] = middleware
        else:
            found.append(middleware)
    return sorted(found, key=lambda one: one.priority)


def chain(middlewares: Iterable[Middleware], innermost: Rest) -> Rest:
    """The innermost within the middlewares, which come in order; it may raise as they may."""
    rest = innermost
    for middleware in reversed(list(middlewares)):
        rest = middleware.wrap(rest)
    return rest


def layer(factory: Callable[[Rest], Rest]) -> Callable[[Rest], Rest]:
    """Wraps with one of Django's middlewares, which expect that the rest answers and never raises."""

    def wrap(rest: Rest) -> Rest:
        return factory(answering(rest))

    return wrap


def answering(rest: Rest) -> Rest:
    """The same, with an answer for what it raises."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        try:
            return rest(request)
        except Exception as error:  # noqa: BLE001 - logged there
            return error_answer(error)

    return answered


def _before(function: Callable[[HttpRequest], Any], rest: Rest) -> Rest:
    def run(request: HttpRequest) -> HttpResponseBase:
        require_pool()  # nobody knows what it does, and whether it may do that twice
        answer = function(request)
        return rest(request) if answer is None else to_response(request, answer)

    return run


def _around(function: Callable[[HttpRequest], Around], rest: Rest) -> Rest:
    def run(request: HttpRequest) -> HttpResponseBase:
        require_pool()
        steps = function(request)
        try:
            next(steps)
        except StopIteration as stop:  # it does not want the rest
            return to_response(request, stop.value)
        response, error = _outcome(rest, request)
        try:
            if error is None:
                assert response is not None  # noqa: S101 - one of them is there
                steps.send(response)
            else:
                steps.throw(error)
        except StopIteration as stop:
            if stop.value is None and error is None and response is not None:
                return response
            return to_response(request, stop.value)
        except Exception as raised:
            if raised is error and response is not None:
                return response
            raise
        steps.close()
        raise RuntimeError(f"middleware {function!r} yielded more than once")

    return run


def _outcome(rest: Rest, request: HttpRequest) -> tuple[HttpResponseBase | None, Exception | None]:
    """What the rest answers, and the error, of which a layer further in may have made it."""
    try:
        response = rest(request)
    except Exception as error:  # noqa: BLE001 - raised again at the yield
        return None, error
    found = getattr(response, "error", None)
    return response, found if isinstance(found, Exception) else None
