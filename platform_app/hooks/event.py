"""Event: what a hook passes along, and the tags by which receivers choose."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from platform_app.wire.errors import Invalid, errors_of

if TYPE_CHECKING:
    from django.http import HttpResponseBase

# The names of what an event is about, by which receivers limit themselves.
Tags = frozenset[str]


@dataclass
class Event:
    """What every hook passes along; receivers share one event and may change it."""

    @property
    def tags(self) -> Tags:
        """The names by which receivers limit themselves with `collection=`."""
        return frozenset()

    def answer(self, response: "HttpResponseBase") -> None:
        """Take what a receiver returned for the answer. Raises TypeError where no request waits for one."""
        raise TypeError(f"{type(self).__name__} is not about a request: no receiver can answer it")

    def outcome_of(self, error: Exception, *, is_done: bool) -> Exception | None:
        """What leaves the chain for an error of a receiver's own that no other receiver swallowed.

        `is_done` says that the action had been done by then. None: nothing leaves it. Django's
        ValidationError is to those who look for refused values what `Invalid` is.
        """
        return Invalid(errors_of(error)) if isinstance(error, ValidationError) else error
