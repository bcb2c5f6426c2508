"""Why a whole definition is refused, for a reason that no single option is to blame for."""

from collections.abc import Iterable


class CollectionRefused(Exception):
    """A collection that cannot be saved or deleted, for a reason that no single option is to blame for."""


class NeededByViews(CollectionRefused):
    """A collection that cannot be deleted, because views select from it; `views` has their names."""

    def __init__(self, name: str, broken: Iterable[tuple[str, Exception]]) -> None:
        failures = list(broken)
        reason = "; ".join(f"[{view}] {error}" for view, error in failures)
        super().__init__(f"[{name}] failed to delete due to existing view dependency: {reason}")
        self.views = [view for view, _ in failures]


class ChangedMeanwhile(CollectionRefused):
    """The definition in the database is no longer the one that a change was made from."""
