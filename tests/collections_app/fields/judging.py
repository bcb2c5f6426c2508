"""Builders that the tests of the field types share."""

from collections.abc import Sequence
from typing import Any

from collections_app.collection import Collection
from collections_app.fields.base import Field, OptionContext, ValueContext
from collections_app.fields.options import OptionError
from collections_app.fields.registry import field_from_json
from platform_app.wire.errors import FieldError

RECORD_IDS = frozenset({"alice", "bob", "carol"})
TARGETS = {
    "pbc_people": Collection(id="pbc_people", name="people"),
    "pbc_view": Collection(id="pbc_view", name="a_view", type="view"),
}


def make(kind: str, **options: Any) -> Field:
    """A field named `f`; options in their outside spelling."""
    return field_from_json({"id": f"{kind}1", "type": kind, "name": "f", **options})


def context(
    field: Field, *, is_new: bool = True, stored: Any = None, existing_ids: Sequence[str] = ()
) -> ValueContext:
    def count_records(collection_id: str, ids: Sequence[str]) -> int | None:
        return len(RECORD_IDS & set(ids)) if collection_id in TARGETS else None

    lowered = {id_.lower() for id_ in existing_ids}
    return ValueContext(
        is_new=is_new,
        stored=field.zero if stored is None else stored,
        count_records=count_records,
        id_exists=lambda id_: id_.lower() in lowered,
    )


def judge(field: Field, raw: Any, **surroundings: Any) -> FieldError | None:
    """The error that raw input meets."""
    return field.error_of(field.clean(raw), context(field, **surroundings))


def code(field: Field, raw: Any, **surroundings: Any) -> str | None:
    error = judge(field, raw, **surroundings)
    return error.code if error else None


def option_errors(
    field: Field, *, stored: Field | None = None, kind: Any = "base", others: Sequence[Field] = ()
) -> dict[str, OptionError]:
    """What is wrong with a field's options in a collection of it and `others`."""

    def find(id_or_name: str) -> Collection | None:
        by_name = {target.name: target for target in TARGETS.values()}
        return TARGETS.get(id_or_name) or by_name.get(id_or_name)

    collection = Collection(id="pbc_own", name="own", type=kind, fields=(*others, field))
    return field.option_errors(OptionContext(collection=collection, find_collection=find, stored=stored))


def option_codes(field: Field, **surroundings: Any) -> dict[str, Any]:
    """The codes of `option_errors`, those of list items by position."""
    return {key: _codes(error) for key, error in option_errors(field, **surroundings).items()}


def _codes(error: OptionError) -> Any:
    if isinstance(error, FieldError):
        return error.code
    return {position: _codes(item) for position, item in error.items()}


def answer(field: Field, value: Any) -> Any:
    """A value as it goes to the JSON encoder."""
    return value if field.encoder is None else field.encoder(value)
