"""Lists of fields as definitions build them up: ids for those that lack one, the later of two alike wins.

Reference: contract/fields.md 1.3; core/fields_list.go, PocketBase v0.39.11.
"""

from collections.abc import Iterable
from dataclasses import replace

from collections_app.fields.base import Field
from collections_app.fields.options import generated_field_id


def merged_fields(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Every field with an id. One that has an id replaces the earlier one of that id, one that has none
    the earlier one of its name, whose id it takes over."""
    merged: list[Field] = []
    for field in fields:
        if field.id:
            place = next((at for at, other in enumerate(merged) if other.id == field.id), None)
        else:
            place = next(
                (at for at, other in enumerate(merged) if field.name and other.name == field.name), None
            )
            new_id = merged[place].id if place is not None else _free_id(field, merged)
            field = replace(field, id=new_id)
        if place is None:
            merged.append(field)
        else:
            merged[place] = field
    return tuple(merged)


def _free_id(field: Field, others: list[Field]) -> str:
    taken = {other.id for other in others}
    base = generated_field_id(field.type, field.name)
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        candidate = f"{base}{number}"
    return candidate
