"""What Python code may set a field to; requests are cast more loosely (test_casting, tests of the types)."""

from collections import deque
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.db import models
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from collections_app.collection import Collection
from collections_app.fields.json_field import NULL
from collections_app.records.record import Record
from tests.collections_app.fields.judging import make

ID = UUID("12345678-1234-5678-1234-567812345678")
NOON = datetime(2024, 5, 1, 12, 0, 0, 123_456, tzinfo=UTC)
NOON_TEXT = "2024-05-01 12:00:00.123Z"
EAST = timezone(timedelta(hours=2))
PEOPLE = Collection(id="pbc_people", name="people")
OTHERS = Collection(id="pbc_others", name="others")


class Colour(models.TextChoices):
    RED = "red"


class Size(models.IntegerChoices):
    BIG = 3


class Plain(Enum):
    RED = "red"


def record(collection=PEOPLE, record_id="alice"):
    return Record(collection, {"id": record_id})


TYPES = {
    "text": make("text"),
    "editor": make("editor"),
    "number": make("number"),
    "bool": make("bool"),
    "date": make("date"),
    "autodate": make("autodate"),
    "select": make("select", values=["a"], maxSelect=1),
    "selects": make("select", values=["a"], maxSelect=5),
    "relation": make("relation", collectionId="pbc_people", maxSelect=1),
    "relations": make("relation", collectionId="pbc_people", maxSelect=5),
    "json": make("json"),
    "geoPoint": make("geoPoint"),
    "file": make("file", maxSelect=1),
    "files": make("file", maxSelect=5),
    "password": make("password"),
}


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        pytest.param("text", gettext_lazy("Yes"), "Yes", id="text_lazy"),
        pytest.param("text", ID, str(ID), id="text_uuid"),
        pytest.param("text", Decimal("19.90"), "19.90", id="text_decimal"),
        pytest.param("text", Decimal("1E+3"), "1000", id="text_decimal_with_exponent"),
        pytest.param("text", 5, "5", id="text_int"),
        pytest.param("text", 1e21, "1000000000000000000000", id="text_float"),
        pytest.param("text", True, "true", id="text_bool"),
        pytest.param("text", Colour.RED, "red", id="text_choice"),
        pytest.param("text", Plain.RED, "red", id="text_enum"),
        pytest.param("text", mark_safe("<b>"), "<b>", id="text_safe"),
        pytest.param("text", SimpleLazyObject(lambda: "later"), "later", id="text_lazy_object"),
        pytest.param("text", NOON, NOON_TEXT, id="text_moment"),
        pytest.param("text", None, "", id="text_none"),
        pytest.param("editor", gettext_lazy("Yes"), "Yes", id="editor_lazy"),
        pytest.param("number", Decimal("19.99"), 19.99, id="number_decimal"),
        pytest.param("number", Fraction(1, 4), 0.25, id="number_fraction"),
        pytest.param("number", Size.BIG, 3.0, id="number_choice"),
        pytest.param("number", "1e3", 1000.0, id="number_text"),
        pytest.param("number", gettext_lazy("5"), 5.0, id="number_lazy"),
        pytest.param("number", "-0", 0.0, id="number_text_zero"),
        pytest.param("number", True, 1.0, id="number_bool"),
        pytest.param("number", "", 0.0, id="number_empty"),
        pytest.param("number", None, 0.0, id="number_none"),
        pytest.param("bool", 1, True, id="bool_int"),
        pytest.param("bool", Decimal(0), False, id="bool_decimal"),
        pytest.param("bool", "true", True, id="bool_text"),
        pytest.param("bool", "F", False, id="bool_text_false"),
        pytest.param("bool", None, False, id="bool_none"),
        pytest.param("date", NOON, NOON_TEXT, id="date_datetime"),
        pytest.param("date", NOON.astimezone(EAST), NOON_TEXT, id="date_other_zone"),
        pytest.param("date", NOON.replace(tzinfo=None), NOON_TEXT, id="date_naive_is_utc"),
        pytest.param("date", date(2024, 5, 1), "2024-05-01 00:00:00.000Z", id="date_date"),
        pytest.param("date", "2024-05-01T14:00:00.123+02:00", NOON_TEXT, id="date_text"),
        pytest.param("date", "0001-01-01 00:00:00.000Z", "", id="date_zero_of_go"),
        pytest.param("date", "", "", id="date_empty"),
        pytest.param("autodate", NOON, NOON_TEXT, id="autodate_datetime"),
        pytest.param("select", Colour.RED, "red", id="select_choice"),
        pytest.param("select", ["a"], "a", id="select_list_of_one"),
        pytest.param("select", set(), "", id="select_empty_set"),
        pytest.param("selects", {"b", "a"}, ["a", "b"], id="select_set"),
        pytest.param("selects", frozenset({3, 1}), ["1", "3"], id="select_frozenset_of_numbers"),
        pytest.param("selects", deque(["b", "a", "b"]), ["b", "a"], id="select_deque"),
        pytest.param("selects", (text for text in "ba"), ["b", "a"], id="select_generator"),
        pytest.param("selects", {"b": 1, "a": 2}.keys(), ["a", "b"], id="select_keys"),
        pytest.param("selects", [gettext_lazy("a"), Plain.RED], ["a", "red"], id="select_lazy"),
        pytest.param("selects", '["b","a"]', ["b", "a"], id="select_json"),
        pytest.param("relation", record(), "alice", id="relation_record"),
        pytest.param("relation", ID, str(ID), id="relation_uuid"),
        pytest.param("relation", None, "", id="relation_none"),
        pytest.param("relations", record(), ["alice"], id="relations_one_record"),
        pytest.param("relations", [record(), "bob"], ["alice", "bob"], id="relations_records_and_ids"),
        pytest.param(
            "json",
            {"a": (1, {"y", "x"}), Plain.RED: Decimal("1.5"), "d": NOON, "u": ID, 5: gettext_lazy("Yes")},
            f'{{"5":"Yes","a":[1,["x","y"]],"d":"{NOON_TEXT}","red":1.5,"u":"{ID}"}}',
            id="json_everything",
        ),
        pytest.param("json", None, "null", id="json_none"),
        pytest.param("json", {"x"}, '["x"]', id="json_set"),
        pytest.param("geoPoint", {"lon": Decimal("1.5"), "lat": "2"}, {"lon": 1.5, "lat": 2.0}, id="point"),
        pytest.param("geoPoint", '{"lat":2,"lon":1}', {"lon": 1.0, "lat": 2.0}, id="point_json"),
        pytest.param("geoPoint", None, {"lon": 0.0, "lat": 0.0}, id="point_none"),
        pytest.param("file", "a.png", "a.png", id="file_name"),
        pytest.param("files", None, [], id="file_none"),
    ],
)
def test_takes_what_has_an_obvious_form(kind, given, value):
    taken = TYPES[kind].accept(given)
    assert taken == value
    assert type(taken) is type(TYPES[kind].zero)


REFUSED = [
    ("text", ["a"], "list"),
    ("text", {"a"}, "set"),
    ("text", b"a", "bytes"),
    ("text", object(), "object"),
    ("text", time(10, 0), "time"),
    ("text", timedelta(1), "timedelta"),
    ("text", record(), "Record"),
    ("editor", {}, "dict"),
    ("number", "abc", "text 'abc'"),
    ("number", " 5", "text ' 5'"),
    ("number", "1e400", "text '1e400'"),
    ("number", 10**400, "int"),
    ("number", [5], "list"),
    ("number", NOON, "datetime"),
    ("number", 1j, "complex"),
    ("bool", "yes", "text 'yes'"),
    ("bool", [], "list"),
    ("date", "tomorrow", "text 'tomorrow'"),
    ("date", 1714564800, "int"),
    ("date", time(10, 0), "time"),
    ("select", {"a", "b"}, "set"),
    ("select", ["a", "b"], "list"),
    ("selects", [["a"]], "list"),
    ("selects", {"a": 1}, "dict"),
    ("selects", b"a", "bytes"),
    ("selects", [record()], "list"),
    ("relation", record(OTHERS), "Record"),
    ("relation", record(record_id=""), "Record"),
    ("relation", [record(), "bob"], "list"),
    ("relations", [record(OTHERS)], "list"),
    ("json", object(), "object"),
    ("json", {"a": b"x"}, "dict"),
    ("json", float("nan"), "float"),
    ("json", [float("inf")], "list"),
    ("json", record(), "Record"),
    ("json", {(1, 2): 3}, "dict"),
    ("geoPoint", (1, 2), "tuple"),
    ("geoPoint", {"lat": 1, "lng": 2}, "dict"),
    ("geoPoint", {"lon": "east", "lat": 2}, "dict"),
    ("geoPoint", "1,2", "text '1,2'"),
    ("file", ["a.png", "b.png"], "list"),
    ("file", b"x", "bytes"),
    ("files", [5], "list"),
    ("password", ["secret"], "what was given"),
]


@pytest.mark.parametrize(
    ("kind", "given", "shown"),
    [pytest.param(*row, id=f"{row[0]}_{row[2]}_{n}") for n, row in enumerate(REFUSED)],
)
def test_refuses_the_rest_by_the_name_of_the_field(kind, given, shown):
    field = TYPES[kind]
    with pytest.raises(TypeError) as caught:
        field.accept(given)
    assert str(caught.value) == f"f is a {field.type} field and cannot hold {shown}"


def test_files_of_django_become_uploads():
    taken = TYPES["files"].accept([ContentFile(b"x", "dir/photo.png"), "kept.png"])
    assert [getattr(item, "original_name", item) for item in taken] == ["photo.png", "kept.png"]
    assert taken[0].open().read() == b"x"


def test_a_password_is_hashed_and_never_shown():
    assert TYPES["password"].accept("secret").plain == "secret"
    assert TYPES["password"].accept(None) == ""


def test_the_null_of_the_database_stays_itself():
    assert TYPES["json"].accept(NULL) is NULL
    assert TYPES["json"].accept(None) is NULL


def test_json_too_deep_for_the_stack_is_taken():
    deep = []
    for _ in range(5000):
        deep = [deep]
    assert TYPES["json"].accept(deep) == "[" * 5001 + "]" * 5001
