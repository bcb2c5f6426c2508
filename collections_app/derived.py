"""What follows from a definition that never changes, worked out once and kept with it."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Owner = TypeVar("Owner")
Result = TypeVar("Result")


def derived(make: Callable[[Owner], Result]) -> Callable[[Owner], Result]:
    """`make`, called once for each owner (an immutable object, such as a collection or a catalog).

    The result is kept in the owner, as `functools.cached_property` does, and goes with it; but the function
    lives in the module that needs it.
    """
    key = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def of(owner: Owner) -> Result:
        known: dict[str, Result] = owner.__dict__
        if key not in known:
            known[key] = make(owner)
        return known[key]

    return of
