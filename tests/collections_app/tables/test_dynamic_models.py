"""Dynamic models: collections through Django's ORM."""

import gc
import weakref

import pytest
from django.db import models

from collections_app.catalog import catalog, forget_catalog
from collections_app.collection import Collection
from collections_app.definitions.scaffolds import field_of, id_field
from collections_app.orm import collection_model
from collections_app.tables.dynamic_models import attribute_name, build_model


@pytest.mark.django_db
def test_rows_are_found_created_and_changed(make_collection):
    make_collection(
        "notes",
        fields=[
            {"type": "text", "name": "title"},
            {"type": "number", "name": "stars"},
            {"type": "bool", "name": "isDone"},
        ],
    )
    model = collection_model("notes")
    model.objects.create(id="note00000000001", title="one", stars=3)
    model.objects.create(id="note00000000002", title="two", stars=5, isDone=True)

    assert list(model.objects.filter(stars__gt=3).values()) == [
        {"id": "note00000000002", "isDone": True, "stars": 5.0, "title": "two"}
    ]
    assert list(model.objects.filter(title__startswith="o").values_list("pk", "isDone")) == [
        ("note00000000001", False)
    ]


@pytest.mark.django_db
def test_one_class_per_snapshot(make_collection):
    made = make_collection("notes", fields=[{"type": "text", "name": "title"}])
    model = collection_model("NOTES")
    assert model is collection_model(made.id)
    assert model.collection is catalog().find("notes")
    forget_catalog()
    assert collection_model("notes") is not model


@pytest.mark.django_db
def test_unknown_collection_is_a_lookup_error():
    with pytest.raises(LookupError, match="'nothing'"):
        collection_model("nothing")


def test_class_is_collected_when_nobody_holds_it():
    model = build_model(Collection(id="c", name="notes", fields=(id_field(), field_of("text", "title"))))
    reference = weakref.ref(model)
    del model
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize(
    ("column", "attribute"),
    [
        pytest.param("title", "title", id="its_own_name"),
        pytest.param("select", "select", id="sql_keyword"),
        pytest.param("1st", "1st", id="digit_first"),
        pytest.param("save", "field_save", id="method_of_a_model"),
        pytest.param("objects", "field_objects", id="manager"),
        pytest.param("pk", "field_pk", id="pk"),
        pytest.param("a__b___c", "a_b_c", id="double_underscore_is_a_path"),
        pytest.param("a_", "a", id="underscore_last"),
        pytest.param("__", "field", id="only_underscores"),
        pytest.param("taken_", "taken2", id="already_taken"),
    ],
)
def test_attribute_names(column, attribute):
    assert attribute_name(column, {"taken": 1}) == attribute


def test_awkward_names_keep_their_columns():
    fields = (id_field(), *(field_of("text", name) for name in ("save", "a__b", "_meta", "collection")))
    model = build_model(Collection(id="c", name="1 awkward", fields=fields))
    assert {field.column for field in model._meta.concrete_fields} == {
        "id",
        "save",
        "a__b",
        "_meta",
        "collection",
    }
    assert model.save is models.Model.save
    assert model._meta.db_table == "1 awkward"
    assert model._meta.pk.column == "id"
