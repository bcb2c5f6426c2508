"""Reading one record: by id, by a unique value, or as a request may see it (contract/records.md 3)."""

from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo


def view_record(collection: Collection, record_id: str, *, info: RequestInfo) -> Record:
    """The record that `info` asks to view, checked against the view rule.

    Raises Forbidden for a null rule; NotFound when there is no such record, when the rule is not
    satisfied, and also when the rule cannot be evaluated: the three look alike from outside.
    """
    raise NotImplementedError


def find_record(collection: Collection, record_id: str) -> Record | None:
    """The record with this id, whatever the rules say."""
    raise NotImplementedError


def find_first(
    collection: Collection, field_name: str, value: str, *, ignore_case: bool = False
) -> Record | None:
    """The first record whose field has this value; `ignore_case` folds ASCII letters only."""
    raise NotImplementedError


def record_satisfies(record: Record, rule: str | None, info: RequestInfo) -> bool:
    """Whether the stored record passes `rule`; superusers pass every rule, None lets only them pass."""
    raise NotImplementedError
