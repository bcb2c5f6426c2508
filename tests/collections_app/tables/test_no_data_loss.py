"""Whatever valid changes a collection goes through, every field that keeps its id keeps its values.

Random definitions, random rows, random changes; an invalid change leaves everything as it was.
"""

from dataclasses import replace

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collections_app.definitions.blank import blank_collection
from collections_app.definitions.saving import save_collection
from collections_app.fields.registry import field_from_json
from collections_app.models import StoredCollection
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.resolving import compile_query
from collections_app.records.querying.select_sql import page_sql
from collections_app.records.record import Record
from collections_app.records.writing.write_sql import insert_row
from collections_app.request_info import RequestInfo
from platform_app.database.rows import fetch_all
from platform_app.wire.errors import Invalid

OPTIONS = ("x", "y", "z")
KINDS = {
    "text": st.text("ab é'\"\\", max_size=5),
    "number": st.integers(-1000, 1000).map(float),
    "bool": st.booleans(),
    "url": st.sampled_from(["", "https://example.com/?a=1&b=%20"]),
    "json": st.sampled_from(['{"a":[1,2]}', '"text"', "null", "[]", "5"]),
    "geoPoint": st.fixed_dictionaries({"lon": st.integers(0, 9).map(float), "lat": st.just(1.5)}),
    "select": st.lists(st.sampled_from(OPTIONS), unique=True, max_size=3),
}
NAMES = ("a", "B", "c_1", "order", "select", "x_y")


@st.composite
def drafts(draw):
    """A list of `(id, type, name, how many)`, names unlike each other."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=4))
    return [
        (f"f{place}", draw(st.sampled_from(sorted(KINDS))), name, draw(st.sampled_from([1, 3])))
        for place, name in enumerate(names)
    ]


@st.composite
def changes(draw):
    """What happens next: a name to give, a field to add or drop, another number of values."""
    return draw(
        st.one_of(
            st.tuples(st.just("permute"), st.permutations(range(4))),
            st.tuples(st.just("rename"), st.integers(0, 3), st.sampled_from(("new1", "new2", "A"))),
            st.tuples(st.just("drop"), st.integers(0, 3)),
            st.tuples(st.just("add"), st.sampled_from(sorted(KINDS))),
            st.tuples(st.just("many"), st.integers(0, 3), st.sampled_from([1, 3])),
            st.tuples(st.just("table"), st.sampled_from(("things", "Things", "others"))),
            st.tuples(st.just("index"), st.integers(0, 3)),
        )
    )


def field(own_id, kind, name, most):
    extra = {"values": list(OPTIONS), "maxSelect": most} if kind == "select" else {}
    return field_from_json({"id": own_id, "type": kind, "name": name, **extra})


def changed(collection, change, number):
    """The definition after a change; which may be no valid one."""
    word, *details = change
    own = [one for one in collection.fields if not one.system]
    fields = list(collection.fields)
    if word == "table":
        return replace(collection, name=details[0])
    if word == "add":
        return replace(collection, fields=(*fields, field(f"n{number}", details[0], f"added{number}", 1)))
    if not own:
        return collection
    if word == "permute":
        names = [one.name for one in own]
        order = [place for place in details[0] if place < len(own)] + list(range(4, len(own)))
        named = {one.id: names[place] for one, place in zip(own, order, strict=True)}
        return replace(
            collection, fields=tuple(replace(one, name=named.get(one.id, one.name)) for one in fields)
        )
    chosen = own[details[0] % len(own)]
    if word == "rename":
        fields[fields.index(chosen)] = replace(chosen, name=details[1])
    elif word == "drop":
        fields.remove(chosen)
    elif word == "many" and chosen.type == "select":
        fields[fields.index(chosen)] = replace(chosen, max_select=details[1])
    elif word == "index":
        return replace(collection, indexes=(f"create index i{number} on things (`{chosen.name}`)",))
    return replace(collection, fields=tuple(fields))


def values_of(collection):
    """By field id, the values of all rows in the order of their ids."""
    query = compile_query(collection, info=RequestInfo(), sort="id")
    records = decode_rows(collection, fetch_all(*page_sql(collection, query, limit=100, offset=0)))
    return {one.id: [record.values[one.name] for record in records] for one in collection.fields}


def expected(values, before, after):
    """The values after a change: kept, or turned from one into a list and back."""
    if before.is_multiple == after.is_multiple:
        return values
    if after.is_multiple:
        return [[value] if value else [] for value in values]
    return [value[-1] if value else "" for value in values]


def snapshot(collection):
    """Everything that an invalid change must leave alone."""
    if connection.vendor == "sqlite":
        schema = fetch_all("SELECT name, sql FROM sqlite_master ORDER BY name")
    else:
        schema = fetch_all(
            "SELECT table_name, column_name, data_type, column_default FROM information_schema.columns "
            "WHERE table_schema = current_schema() ORDER BY 1, 2"
        ) + fetch_all("SELECT indexname, indexdef FROM pg_indexes ORDER BY 1, 2")
    row = StoredCollection.objects.filter(id=collection.id).values_list().get()
    return schema, row, values_of(collection)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_fields_that_keep_their_id_keep_their_values(data):
    with transaction.atomic():
        _play(data)
        transaction.set_rollback(True)


def _play(data):
    blank = blank_collection("base", "things")
    draft = data.draw(drafts(), label="fields")
    collection = save_collection(
        replace(blank, fields=(*blank.fields, *(field(*one) for one in draft))), None
    )
    for number in range(data.draw(st.integers(1, 3), label="rows")):
        row = {one.name: one.clean(data.draw(KINDS[one.type])) for one in collection.fields[1:]}
        insert_row(Record(collection, {"id": f"thing000000000{number}", **row}))
    for number, change in enumerate(data.draw(st.lists(changes(), max_size=5), label="changes")):
        before, state = values_of(collection), snapshot(collection)
        wanted = changed(collection, change, number)
        try:
            with transaction.atomic():
                stored = save_collection(wanted, collection)
        except Invalid:
            assert snapshot(collection) == state
            continue
        after = values_of(stored)
        old = {one.id: one for one in collection.fields}
        for one in stored.fields:
            if one.id in old:
                assert after[one.id] == expected(before[one.id], old[one.id], one)
            else:
                assert after[one.id] == [one.from_db(one.to_db(one.zero))] * len(after[one.id])
        collection = stored
