"""Values that the database works out, from the ORM and from hooks, and other values that Python code sets."""

from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.functions import Concat, Lower, Now
from django.utils.translation import gettext_lazy

from collections_app import events
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from collections_app.records.writing.saving import save_record
from collections_app.records.writing.submitted import new_record
from platform_app.wire.errors import RecordGone
from tests.collections_app.records.writing.sending import codes, records_path
from tests.reference.writing_collections import OPEN

pytestmark = pytest.mark.usefixtures("committing")

FIELDS = [
    {"type": "number", "name": "n", "max": 100},
    {"type": "number", "name": "m"},
    {"type": "text", "name": "t"},
    {"type": "bool", "name": "b"},
    {"type": "date", "name": "d"},
    {"type": "json", "name": "j"},
    {"type": "select", "name": "s", "values": list("abc"), "maxSelect": 3},
    {"type": "relation", "name": "rel", "collectionId": "pbc_x", "maxSelect": 1},
    {"type": "relation", "name": "rels", "collectionId": "pbc_x", "maxSelect": 3},
    {"type": "file", "name": "f", "maxSelect": 1},
]
FIRST = {"t": "Abc", "n": 5, "m": 3, "b": True, "s": ["a", "b"], "j": {"k": 1}}


@pytest.fixture
def x(make_collection):
    return make_collection("x", FIELDS, id="pbc_x", **OPEN)


@pytest.fixture
def made(x):
    return collection_model("x").objects.create(**FIRST)


@contextmanager
def connected(hook, receiver):
    hook.connect(receiver, collection="x", dispatch_uid=receiver)
    try:
        yield
    finally:
        hook.disconnect(dispatch_uid=receiver)


EXPRESSIONS = [
    pytest.param("n", F("n") + 1, 6.0, id="sum"),
    pytest.param("n", F("n") * Decimal("1.5"), 7.5, id="product_with_a_decimal"),
    pytest.param("n", F("m"), 3.0, id="other_field"),
    pytest.param("n", Case(When(b=True, then=Value(1)), default=Value(2)), 1.0, id="case"),
    pytest.param("t", Lower("t"), "abc", id="function"),
    pytest.param("t", Concat(F("t"), Value("!"), output_field=TextField()), "Abc!", id="concat"),
    pytest.param("t", F("n"), "5", id="number_as_text"),
    pytest.param("b", Q(n__gt=10), False, id="condition"),
    pytest.param("s", F("s"), ["a", "b"], id="list"),
    pytest.param("j", F("j"), '{"k":1}', id="json"),
    pytest.param("j", F("n"), "5", id="number_as_json"),
]


@pytest.mark.parametrize(("name", "expression", "value"), EXPRESSIONS)
def test_an_instance_is_saved_with_what_comes_out(x, made, name, expression, value):
    setattr(made, name, expression)
    made.save()
    assert (find_record(x, made.pk)[name], getattr(made, name)) == (value, value)


@pytest.mark.parametrize(("name", "expression", "value"), EXPRESSIONS)
@pytest.mark.parametrize(
    "hook", ["record_update_request", "record_update", "record_validate", "model_update_execute"]
)
def test_a_hook_may_set_an_expression(guest, x, made, hook, name, expression, value):
    def receiver(event, **kwargs):
        event.record[name] = expression

    with connected(getattr(events, hook), receiver):
        status, answer = guest("PATCH", records_path(x, made.pk), {"d": "2024-05-01"})
    assert (status, find_record(x, made.pk)[name]) == (200, value)
    assert answer[name] == ({"k": 1} if value == '{"k":1}' else 5 if value == "5" and name == "j" else value)


def test_what_another_wrote_in_the_meantime_counts(x, made):
    made.n = F("n") + 1
    collection_model("x").objects.filter(pk=made.pk).update(n=4)
    made.save()
    assert find_record(x, made.pk)["n"] == 5.0  # as it was when `made` was read, and written all the same


def test_the_result_is_checked(x, made):
    made.n = F("n") + 100
    with pytest.raises(ValidationError) as caught:
        made.save()
    assert {name: errors[0].code for name, errors in caught.value.error_dict.items()} == {
        "n": "validation_max_number_constraint"
    }
    assert find_record(x, made.pk)["n"] == 5.0


def test_a_result_that_does_not_fit(x, made):
    made.n = F("t")
    with pytest.raises(TypeError, match="^n is a number field and cannot hold text 'Abc'$"):
        made.save()


@pytest.mark.parametrize(
    ("name", "expression"), [("n", Count("id")), ("n", Count("id") + 1)], ids=["aggregate", "part_of_one"]
)
def test_a_value_of_several_rows_is_refused(made, name, expression):
    setattr(made, name, expression)
    with pytest.raises(TypeError, match="^n cannot hold "):
        made.save()


def test_a_subquery_may_ask_other_records(x, made):
    other = collection_model("x").objects.create(n=7, rel=made)
    largest = collection_model("x").objects.filter(rel=OuterRef("pk")).values("n")[:1]
    made.n = Subquery(largest)
    made.save()
    assert find_record(x, made.pk)["n"] == 7.0
    assert find_record(x, other.pk)["rel"] == made.pk


def test_a_new_record_has_no_row_to_ask(x):
    model = collection_model("x")
    before = datetime.now(UTC).isoformat(" ", "milliseconds")[:19]
    made = model.objects.create(n=Value(2) + 3, t=Lower(Value("ABC")), d=Now())
    assert (made.n, made.t, made.d[:10]) == (5.0, "abc", before[:10])
    with pytest.raises(TypeError, match="^n of a new record cannot ask what the record holds$"):
        model.objects.create(n=F("n") + 1)
    assert model.objects.count() == 1


def test_a_record_that_is_gone(x, made):
    made_record = find_record(x, made.pk)
    made_record["n"] = F("n") + 1
    made.delete()
    with pytest.raises(RecordGone):
        save_record(made_record)


def test_a_plain_value_replaces_an_expression(x, made):
    record = find_record(x, made.pk)
    record["n"] = F("nothing")
    record["n"] = 9
    save_record(record)
    assert find_record(x, made.pk)["n"] == 9.0


def test_a_request_that_a_hook_spoils_is_refused(guest, x, made):
    def receiver(event, **kwargs):
        event.record["n"] = {1, 2}

    with connected(events.record_update, receiver):
        answer = guest("PATCH", records_path(x, made.pk), {"t": "new"})
    assert codes(answer) == (400, "Failed to update record.", {})
    assert find_record(x, made.pk)["t"] == "Abc"


def test_requests_are_cast_as_before(guest, x):
    status, answer = guest(
        "POST", records_path(x), {"n": "abc", "t": ["a"], "b": "yes", "d": "tomorrow", "s": "a"}
    )
    assert (status, answer["n"], answer["t"], answer["b"], answer["d"], answer["s"]) == (
        200,
        0,
        "",
        False,
        "",
        ["a"],
    )


# --- the other doors of the ORM -----------------------------------------------------------------------


def test_values_with_an_obvious_form(x, made):
    model = collection_model("x")
    other = model(n=Decimal("19.99"), t=gettext_lazy("Yes"), s={"b", "a"}, rel=made, rels=model.objects.all())
    other.save()
    record = find_record(x, other.pk)
    assert (record["n"], record["t"], record["s"], record["rel"], record["rels"]) == (
        19.99,
        "Yes",
        ["a", "b"],
        made.pk,
        [made.pk],
    )


@pytest.mark.parametrize(
    ("name", "value"), [("n", "abc"), ("t", ["a"]), ("b", "yes"), ("d", 5), ("rel", {"id": "x"})]
)
def test_others_are_refused_at_every_door(x, made, name, value):
    model = collection_model("x")
    doors = {
        "create": lambda: model.objects.create(**{name: value}),
        "get_or_create": lambda: model.objects.get_or_create(t="none", defaults={name: value}),
        "bulk_create": lambda: model.objects.bulk_create([model(id="bulk00000000001", **{name: value})]),
        "update": lambda: model.objects.update(**{name: value}),
        "filter": lambda: list(model.objects.filter(**{name: value})),
        "filter_in": lambda: list(model.objects.filter(**{f"{name}__in": [value]})),
    }
    for door, use in doors.items():
        with pytest.raises(TypeError, match=f"^{name} is a "), transaction.atomic():
            use()
            pytest.fail(door)
    assert model.objects.count() == 1


def test_bulk_statements_and_lookups_take_the_same_values(x, made):
    model = collection_model("x")
    model.objects.bulk_create(
        [model(id="bulk00000000001", n=Decimal("1.5"), s={"c"}, rel=made, d=datetime(2024, 5, 1))]
    )
    model.objects.filter(rel=made).update(n=F("n") + Decimal("0.25"), t=gettext_lazy("Yes"), j={"a": (1, 2)})
    bulk = model.objects.get(
        rel=made, d__gte=datetime(2024, 5, 1, tzinfo=UTC), n__lte=Decimal("1.75"), s={"c"}
    )
    assert (bulk.n, bulk.t, bulk.j, bulk.d) == (1.75, "Yes", '{"a":[1,2]}', "2024-05-01 00:00:00.000Z")
    bulk.n = F("n") + 1
    model.objects.bulk_update([bulk], ["n"])
    assert model.objects.get(pk=bulk.pk).n == 2.75


def test_bare_statements_store_no_files(made):
    with pytest.raises(TypeError, match="^f cannot hold a file here"):
        collection_model("x").objects.update(f=ContentFile(b"x", "a.png"))


def test_an_expression_of_a_new_record_in_a_hook(guest, x):
    def receiver(event, **kwargs):
        event.record["t"] = Lower(Value("ABC"))

    with connected(events.record_create, receiver):
        status, answer = guest("POST", records_path(x), {"n": 1})
    assert (status, answer["t"]) == (200, "abc")


def test_a_record_without_a_save_keeps_its_expression(x):
    record = new_record(x)
    record["n"] = F("m")
    assert isinstance(record["n"], F)
