"""What somebody of the staff may do with records, whatever the rules of the API say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from collections_app.collection import Collection
from collections_app.exposing.exposures import accepts_writes
from collections_app.request_info import Action

ACTIONS: tuple[Action, ...] = get_args(Action)
_NOTHING: frozenset[Action] = frozenset()


def can_be_granted(collection: Collection) -> bool:
    """System collections are the superusers': with their rows one signs in as somebody else."""
    return not collection.system


@dataclass(frozen=True)
class Rights:
    """`granted` has the actions by the collection's id; `is_account` tells what records staff signs in with.

    Those are for superusers to change: who may give them another password could sign in as somebody with
    more rights.
    """

    granted: Mapping[str, frozenset[Action]]
    is_account: Callable[[str], bool] = field(compare=False)

    @property
    def viewed(self) -> frozenset[str]:
        return frozenset(self.granted)

    def allow(self, action: Action, collection: Collection, record_id: str = "") -> bool:
        if not can_be_granted(collection) or action not in self.granted.get(collection.id, _NOTHING):
            return False
        if action != "view" and not accepts_writes(collection):
            return False
        touches_account = collection.is_auth and action in {"change", "delete"} and record_id != ""
        return not (touches_account and self.is_account(record_id))
