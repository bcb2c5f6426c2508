"""Event: what a hook passes along, and the tags by which receivers choose."""

from dataclasses import dataclass

# The names of what an event is about, by which receivers limit themselves.
Tags = frozenset[str]


@dataclass
class Event:
    """What every hook passes along; receivers share one event and may change it."""

    @property
    def tags(self) -> Tags:
        """The names by which receivers limit themselves with `collection=`."""
        return frozenset()
