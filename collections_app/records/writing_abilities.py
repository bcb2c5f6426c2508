"""Which fields of a collection take part in a write, sorted out once per collection."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from collections_app.collection import Collection
from collections_app.fields.abilities import Autogenerates, HasFiles, HidesSecret, Modifiable, SetOnWrite
from collections_app.records.record import Record


@dataclass(frozen=True)
class WritingAbilities:
    """Pairs of a field's name and the field, by what it can do."""

    generating: tuple[tuple[str, Autogenerates], ...]
    set_on_write: tuple[tuple[str, SetOnWrite], ...]
    with_files: tuple[tuple[str, HasFiles], ...]
    hiding_secrets: tuple[tuple[str, HidesSecret], ...]
    modifiable: tuple[tuple[str, Modifiable], ...]


# isinstance with a Protocol looks at every member, which is too slow to do for every write.
_known: "WeakKeyDictionary[Collection, WritingAbilities]" = WeakKeyDictionary()


def abilities_of(collection: Collection) -> WritingAbilities:
    abilities = _known.get(collection)
    if abilities is None:
        abilities = _known[collection] = _sort_out(collection)
    return abilities


def _sort_out(collection: Collection) -> WritingAbilities:
    fields = [(field.name, field) for field in collection.fields]
    return WritingAbilities(
        generating=tuple((n, f) for n, f in fields if isinstance(f, Autogenerates) and f.autogenerates),
        set_on_write=tuple((n, f) for n, f in fields if isinstance(f, SetOnWrite)),
        with_files=tuple((n, f) for n, f in fields if isinstance(f, HasFiles)),
        hiding_secrets=tuple(
            (n, f) for n, f in fields if isinstance(f, HidesSecret) and not isinstance(f, HasFiles)
        ),
        modifiable=tuple((n, f) for n, f in fields if isinstance(f, Modifiable)),
    )


def generate_texts(record: Record) -> None:
    """Fill in the fields of a new record that have a pattern to be made of, where they are empty."""
    for name, field in abilities_of(record.collection).generating:
        if not record.values[name]:
            record.values[name] = field.generate()
