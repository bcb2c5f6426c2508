"""Models as collections on both engines: how values look, how the stored collection follows the code."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, router
from django.db.models.functions import Cast
from django.test import Client

from auth_app.models import Throttle
from collections_app.catalog import find_collection
from collections_app.definitions.saving import delete_collection
from collections_app.exposing.exposures import accepts_writes, conceal, expose, exposures
from collections_app.exposing.storing import make_way, store_exposures

registry = Apps()


class Maker(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "things"
        apps = registry
        db_table = "things_maker"


class Thing(models.Model):
    code = models.CharField(max_length=10, primary_key=True)
    text = models.TextField(null=True)  # noqa: DJ001 - as some have it
    count = models.IntegerField(null=True)
    ratio = models.FloatField(default=0)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    is_new = models.BooleanField(null=True)
    day = models.DateField(null=True, blank=True)
    moment = models.DateTimeField(null=True, blank=True)
    data = models.JSONField(null=True, blank=True)
    maker = models.ForeignKey(Maker, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        app_label = "things"
        apps = registry
        db_table = "things_thing"


NAMES = ["text", "count", "ratio", "price", "is_new", "day", "moment", "data", "maker"]
FULL = {
    "text": "a'b\"c",
    "count": -3,
    "ratio": 0.5,
    "price": Decimal("12.30"),
    "is_new": True,
    "day": date(2020, 2, 29),
    "moment": datetime(2021, 5, 6, 7, 8, 9, 123000, tzinfo=UTC),
    "data": {"a": [1, None, "x"]},
}


@pytest.fixture
def tables(db):
    with connection.schema_editor() as editor:
        editor.create_model(Maker)
        editor.create_model(Thing)


@pytest.fixture
def exposing(tables):
    """Expose for the time of the test."""
    names = []

    def exposing(model, name, fields, **options):
        expose(model, name=name, fields=fields, **options)
        names.append(name)
        store_exposures()

    yield exposing
    for name in names:
        conceal(name)


def items(query=""):
    answer = Client().get(f"/api/collections/things/records{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def ids(query):
    return [item["id"] for item in items(query)]


@pytest.fixture
def things(exposing):
    exposing(Maker, "makers", ["name"], list_rule="", view_rule="")
    exposing(
        Thing, "things", NAMES, list_rule="", view_rule="", writable=True, create_rule="", update_rule=""
    )
    Thing.objects.create(code="full", maker=Maker.objects.create(id=7, name="Ann"), **FULL)
    Thing.objects.create(code="none")


def test_values_look_as_in_any_collection(things):
    (full,) = items("?filter=id='full'&expand=maker")
    assert full.pop("expand")["maker"]["name"] == "Ann"
    assert full == {
        "id": "full",
        "collectionId": find_collection("things").id,
        "collectionName": "things",
        "text": "a'b\"c",
        "count": -3,
        "ratio": 0.5,
        "price": 12.3,
        "is_new": True,
        "day": "2020-02-29 00:00:00.000Z",
        "moment": "2021-05-06 07:08:09.123Z",
        "data": {"a": [1, None, "x"]},
        "maker": "7",
    }


def test_null_looks_as_the_zero_of_its_kind(things):
    (none,) = items("?filter=id='none'")
    values = {name: none[name] for name in NAMES}
    assert values == {
        "text": "",
        "count": 0,
        "ratio": 0,
        "price": 0,
        "is_new": False,
        "day": "",
        "moment": "",
        "data": None,
        "maker": "",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter=count<0", ["full"]),
        ("filter=is_new=true", ["full"]),
        ("filter=is_new=false", ["none"]),
        ("filter=price>12.2%26%26price<12.4", ["full"]),
        ("filter=day='2020-02-29 00:00:00.000Z'", ["full"]),
        ("filter=moment>='2021-05-06'", ["full"]),
        ("filter=moment=''", ["none"]),
        ("filter=maker.name='Ann'", ["full"]),
        ("filter=maker=''", ["none"]),
        ("filter=data.a.2='x'", ["full"]),
        ("sort=count", ["full", "none"]),
        ("sort=-price", ["full", "none"]),
        ("sort=maker.name", ["none", "full"]),
    ],
)
def test_filters_and_order(things, query, found):
    assert ids(f"?{query}") == found


def send(method, path, body=None):
    return Client().generic(
        method, f"/api/collections/{path}", json.dumps(body or {}), content_type="application/json"
    )


def test_all_kinds_of_values_are_written(things):
    body = {
        "text": "t",
        "count": 4,
        "ratio": 1.5,
        "price": 2.25,
        "is_new": True,
        "day": "2022-01-02",
        "moment": "2022-01-02 03:04:05.678Z",
        "data": {"b": 1},
        "maker": "7",
    }
    answer = send("PATCH", "things/records/none", body)
    assert answer.status_code == 200, answer.content
    thing = Thing.objects.get(pk="none")
    assert (thing.text, thing.count, thing.ratio, thing.price, thing.is_new) == (
        "t",
        4,
        1.5,
        Decimal("2.25"),
        True,
    )
    assert (thing.day, thing.moment) == (date(2022, 1, 2), datetime(2022, 1, 2, 3, 4, 5, 678000, tzinfo=UTC))
    assert (thing.data, thing.maker_id) == ({"b": 1}, 7)

    answer = send("PATCH", "things/records/none", {"day": "", "moment": "", "maker": "", "data": None})
    assert answer.status_code == 200, answer.content
    thing.refresh_from_db()
    assert (thing.day, thing.moment, thing.maker_id) == (None, None, None)


def test_a_key_that_people_choose_is_the_id_that_they_send(things):
    made = send("POST", "things/records", {"id": "mine", "text": "t", "count": 1, "is_new": False})
    assert (made.status_code, made.json().get("id")) == (200, "mine"), made.content
    again = send("POST", "things/records", {"id": "mine", "text": "t", "count": 1, "is_new": False})
    assert again.json()["data"]["id"]["code"] == "validation_unique"
    assert Thing.objects.count() == 3


def plan_of(sql):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return " ".join(row[-1] for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = off")  # the table is small
        cursor.execute(f"EXPLAIN {sql}")
        return " ".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(
    ("model", "key", "name"), [(Maker, "id", "makers"), (Thing, "code", "things")], ids=["number", "text"]
)
def test_a_record_is_found_by_an_index(things, model, key, name):
    with connection.schema_editor() as editor:
        editor.add_index(model, models.Index(Cast(key, models.TextField()), name="key_as_text"))
    assert "key_as_text" in plan_of(f"SELECT * FROM {name} WHERE id = '7'")


# --- the stored collection ----------------------------------------------------------------------------


def test_rules_follow_the_code(exposing):
    exposing(Maker, "makers", ["name"], list_rule="")
    assert (find_collection("makers").list_rule, find_collection("makers").view_rule) == ("", None)
    conceal("makers")
    expose(Maker, name="makers", fields=["name"], list_rule=None, view_rule="name != ''")
    store_exposures()
    assert (find_collection("makers").list_rule, find_collection("makers").view_rule) == (None, "name != ''")


def test_what_has_not_changed_is_not_stored_again(exposing):
    exposing(Maker, "makers", ["name"], list_rule="")
    before = find_collection("makers")
    store_exposures()
    assert find_collection("makers") is before


def test_fields_follow_the_code(exposing):
    exposing(Thing, "things", ["count"], list_rule="")
    conceal("things")
    expose(Thing, name="things", fields=["text", "day"], list_rule="")
    store_exposures()
    assert [(field.type, field.name) for field in find_collection("things").fields] == [
        ("text", "id"),
        ("text", "text"),
        ("date", "day"),
    ]


def test_a_collection_of_this_name_stays_what_it_is(tables, make_collection):
    made = make_collection("makers")
    expose(Maker, name="makers", fields=["name"])
    try:
        with pytest.raises(ImproperlyConfigured, match="there is a collection of this name"):
            store_exposures()
    finally:
        conceal("makers")
    assert find_collection("makers").id == made.id
    assert accepts_writes(find_collection("makers"))


def test_what_is_no_longer_exposed_stays_readable_until_it_is_deleted(exposing):
    exposing(Maker, "makers", ["name"], list_rule="", writable=True, create_rule="")
    conceal("makers")
    try:
        assert send("GET", "makers/records").status_code == 200
        assert send("POST", "makers/records", {"name": "x"}).status_code == 400
        delete_collection(find_collection("makers"))
    finally:
        expose(Maker, name="makers", fields=["name"])  # for the fixture
    assert send("GET", "makers/records").status_code == 404


def test_a_migration_may_change_the_table(things):
    make_way(plan=["something"])
    with connection.schema_editor() as editor:
        old, new = Thing._meta.get_field("count"), models.BigIntegerField(null=True)
        new.set_attributes_from_name("count")
        editor.alter_field(Thing, old, new)
    store_exposures()
    assert ids("?filter=count<0") == ["full"]


def test_a_table_that_is_still_to_come_is_waited_for(db):
    expose(Maker, name="makers", fields=["name"])
    try:
        store_exposures()
        assert find_collection("makers") is None
    finally:
        conceal("makers")


# --- mistakes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        pytest.param({"fields": ["key"], "create_rule": ""}, ValueError, "is not writable", id="rules"),
        pytest.param({"fields": ["nothing"]}, Exception, "nothing", id="unknown_field"),
    ],
)
def test_a_mistake_is_found_at_the_start(options, error, message):
    with pytest.raises(error, match=message):
        expose(Throttle, name="throttles", **options)
    assert exposures() == []


def test_a_field_in_the_table_of_another_model():
    class Special(Maker):
        extra = models.TextField()

        class Meta:
            app_label = "things"
            apps = registry

    with pytest.raises(TypeError, match="Special.name is in the table of Maker"):
        expose(Special, name="specials", fields=["extra", "name"])


def test_a_model_of_another_database(monkeypatch):
    monkeypatch.setattr(router, "db_for_read", lambda model: "elsewhere")
    with pytest.raises(ValueError, match="Throttle is in another database"):
        expose(Throttle, name="throttles", fields=["key"])


def test_a_name_is_taken_once(exposing):
    exposing(Maker, "makers", ["name"])
    with pytest.raises(ValueError, match="exposed already"):
        expose(Maker, name="makers", fields=["name"])


def test_a_field_without_a_counterpart():
    class Odd(models.Model):
        lasts = models.DurationField()

        class Meta:
            app_label = "things"
            apps = Apps()

    with pytest.raises(TypeError, match="Odd.lasts is a DurationField"):
        expose(Odd, name="odds", fields=["lasts"])
