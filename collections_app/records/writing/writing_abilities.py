"""Which fields of a collection take part in a write, sorted out once per collection."""

from dataclasses import dataclass

from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.fields.abilities import Autogenerates, HasFiles, HidesSecret, SetOnWrite
from collections_app.records.record import Record
from platform_app.security.random_texts import CannotGenerate
from platform_app.wire.errors import BadRequest
from platform_app.wire.patterns.parser import InvalidPattern


@dataclass(frozen=True)
class WritingAbilities:
    """Pairs of a field's name and the field, by what it can do."""

    generating: tuple[tuple[str, Autogenerates], ...]
    set_on_write: tuple[tuple[str, SetOnWrite], ...]
    with_files: tuple[tuple[str, HasFiles], ...]
    hiding_secrets: tuple[tuple[str, HidesSecret], ...]


@derived
def abilities_of(collection: Collection) -> WritingAbilities:
    # isinstance with a Protocol looks at every member, which is too slow to do for every write.
    fields = [(field.name, field) for field in collection.fields]
    return WritingAbilities(
        generating=tuple((n, f) for n, f in fields if isinstance(f, Autogenerates) and f.autogenerates),
        set_on_write=tuple((n, f) for n, f in fields if isinstance(f, SetOnWrite)),
        with_files=tuple((n, f) for n, f in fields if isinstance(f, HasFiles)),
        hiding_secrets=tuple(
            (n, f) for n, f in fields if isinstance(f, HidesSecret) and not isinstance(f, HasFiles)
        ),
    )


def generate_texts(record: Record) -> None:
    """Fill in the fields of a new record that have a pattern to be made of, where they are empty.

    Raises BadRequest when a text cannot be made.
    """
    for name, field in abilities_of(record.collection).generating:
        if not record.values[name]:
            if name == "id" and record.reserved_id:
                record.values[name] = record.reserved_id
                continue
            try:
                record.values[name] = field.generate()
            except (CannotGenerate, InvalidPattern) as error:
                raise BadRequest("Failed to create record.") from error
