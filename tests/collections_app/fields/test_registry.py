from pathlib import Path

import pytest

from collections_app.fields.bool_field import BoolField
from collections_app.fields.options import MalformedOptions
from collections_app.fields.registry import field_from_json, field_types, register
from tests.collections_app.fields.judging import make

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "fields.md"
TYPES = [
    "autodate",
    "bool",
    "date",
    "editor",
    "email",
    "file",
    "geoPoint",
    "json",
    "number",
    "password",
    "relation",
    "select",
    "text",
    "url",
]
COMMON = {"help": "", "hidden": False, "id": "x1", "name": "f", "presentable": False, "system": False}
OWN = {
    "text": {
        "required": False, "min": 0, "max": 0, "pattern": "", "autogeneratePattern": "", "primaryKey": False,
    },
    "editor": {"required": False, "maxSize": 0, "convertURLs": False},
    "number": {"required": False, "min": None, "max": None, "onlyInt": False},
    "bool": {"required": False},
    "email": {"required": False, "exceptDomains": None, "onlyDomains": None},
    "url": {"required": False, "exceptDomains": None, "onlyDomains": None},
    "date": {"required": False, "min": "", "max": ""},
    "autodate": {"onCreate": False, "onUpdate": False},
    "select": {"required": False, "values": None, "maxSelect": 0},
    "json": {"required": False, "maxSize": 0},
    "file": {
        "required": False, "maxSize": 0, "maxSelect": 0, "mimeTypes": None, "thumbs": None,
        "protected": False,
    },
    "relation": {
        "required": False, "collectionId": "", "cascadeDelete": False, "minSelect": 0, "maxSelect": 0,
    },
    "password": {"required": False, "pattern": "", "min": 0, "max": 0, "cost": 0},
    "geoPoint": {"required": False},
}  # fmt: skip


def test_all_types_are_found():
    assert sorted(field_types()) == TYPES


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_its_page_and_its_tests(kind):
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in kind)
    assert f"\n## {kind}\n" in REFERENCE.read_text()
    assert (Path(__file__).parent / f"test_{snake}_field.py").exists()


@pytest.mark.parametrize("kind", TYPES)
def test_definition_has_all_options_with_sorted_keys(kind):
    expected = {**COMMON, **OWN[kind], "type": kind}
    if kind == "autodate":
        del expected["help"]
    written = field_from_json({"id": "x1", "name": "f", "type": kind}).as_json()
    assert written == expected
    assert list(written) == sorted(written)


@pytest.mark.parametrize("kind", TYPES)
def test_definition_survives_reading_and_writing(kind):
    given = {"id": "x1", "name": "f", "type": kind, "hidden": True, "presentable": True, "system": True}
    field = field_from_json(given)
    assert field_from_json(field.as_json()) == field


def test_unset_and_empty_lists_differ():
    assert make("select", values=[]).as_json()["values"] == []
    assert make("select", values=None).as_json()["values"] is None


def test_unknown_members_are_ignored_and_null_means_default():
    assert make("text", what=5, min=None) == make("text")


def test_member_names_match_whatever_their_case():
    assert make("text", MIN=3, PrimaryKey=True) == make("text", min=3, primaryKey=True)
    assert make("text", **{"pre\u017fentable": True}) == make("text", presentable=True)


@pytest.mark.parametrize("data", [{}, {"type": "foo"}, {"type": 5}, {"type": None}])
def test_unknown_types_are_malformed(data):
    with pytest.raises(MalformedOptions):
        field_from_json({"name": "f", **data})


@pytest.mark.parametrize(
    ("kind", "option", "value"),
    [
        ("text", "min", "5"),
        ("text", "min", 5.5),
        ("text", "min", 5.0),
        ("text", "min", True),
        ("text", "min", 2**63),
        ("text", "name", 5),
        ("text", "system", "true"),
        ("text", "hidden", 1),
        ("number", "min", "5"),
        ("number", "min", True),
        ("number", "min", 10**400),
        ("email", "onlyDomains", "a.de"),
        ("email", "onlyDomains", [5]),
        ("select", "values", {"a": 1}),
        ("date", "min", 5),
    ],
)
def test_members_of_the_wrong_type_are_malformed(kind, option, value):
    with pytest.raises(MalformedOptions, match=option):
        make(kind, **{option: value})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"type": "text", "MIN": "x"}, "string into Go struct field TextField.min of type int"),
        ({"type": "text", "min": 1.5}, "number 1.5 into Go struct field TextField.min of type int"),
        ({"type": "json", "maxSize": []}, "array into Go struct field JSONField.maxSize of type int64"),
        ({"type": "url", "name": True}, "bool into Go struct field URLField.name of type string"),
        ({"type": "number", "max": {}}, "object into Go struct field NumberField.max of type float64"),
        ({"type": "select", "values": 5}, "number into Go struct field SelectField.values of type []string"),
        ({"type": "select", "values": [5]}, "number into Go struct field SelectField.values of type string"),
        ({"type": "date", "max": 5}, "number into Go struct field DateField.max of type string"),
    ],
    ids=str,
)
def test_malformed_members_are_told_in_the_references_words(data, reason):
    with pytest.raises(MalformedOptions) as refused:
        field_from_json({"name": "f", **data})
    assert str(refused.value) == f"json: cannot unmarshal {reason}"


@pytest.mark.parametrize(
    ("kind", "option", "value", "read"),
    [
        ("text", "min", 5, 5),
        ("number", "min", 5, 5.0),
        ("email", "onlyDomains", [None, "a.de"], ["", "a.de"]),
        ("date", "min", "2024-05-01", "2024-05-01 00:00:00.000Z"),
        ("date", "max", "tomorrow", ""),
    ],
)
def test_members_are_read_as_their_type(kind, option, value, read):
    assert make(kind, **{option: value}).as_json()[option] == read


def test_a_second_type_of_the_same_name_is_refused():
    with pytest.raises(RuntimeError, match="bool"):
        register(BoolField)
