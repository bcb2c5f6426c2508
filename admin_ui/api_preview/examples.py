"""Example values, bodies and records of a collection, made from its fields."""

from typing import Any

from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.number_field import NumberField
from collections_app.fields.select_field import SelectField

RECORD_ID = "RECORD_ID"
_DATE = "2026-01-31 16:24:00.123Z"
_VALUES: dict[str, Any] = {
    "text": "some text",
    "editor": "<p>some text</p>",
    "bool": True,
    "email": "person@example.com",
    "url": "https://example.com",
    "date": _DATE,
    "autodate": _DATE,
    "file": "name_k3v9x2m1qa.png",
    "relation": RECORD_ID,
    "json": {"any": "value"},
    "geoPoint": {"lon": 24.9384, "lat": 60.1699},
    "password": "1234567890",
}
# What the server sets by itself, or what a client writes in another way.
_NOT_WRITTEN = frozenset({"autodate", "file"})
_SET_BY_THE_SERVER = frozenset({"tokenKey"})


def example_value(field: Field) -> Any:
    """A value as the API shows it, within the field's bounds where these are simple."""
    if isinstance(field, SelectField):
        value: Any = field.values[0] if field.values else ""
    elif isinstance(field, NumberField):
        return _number(field)
    else:
        value = _VALUES.get(field.type, "")
    return [value] if getattr(field, "is_multiple", False) else value


def example_record(collection: Collection) -> dict[str, Any]:
    """As a guest who may see it gets it: without hidden fields."""
    shown = {field.name: example_value(field) for field in collection.fields if not field.hidden}
    if "id" in shown:
        shown["id"] = RECORD_ID
    return {"collectionId": collection.id, "collectionName": collection.name, **shown}


def written_fields(collection: Collection) -> list[Field]:
    """What a body may have; files are among them, which take multipart/form-data."""
    return [
        field
        for field in collection.fields
        if field.type != "autodate" and field.name not in _SET_BY_THE_SERVER and field.name != "id"
    ]


def example_body(collection: Collection, *, is_new: bool) -> dict[str, Any]:
    """A JSON body; that of an update has what one is likely to change."""
    body: dict[str, Any] = {}
    for field in written_fields(collection):
        if field.type in _NOT_WRITTEN or (field.type == "password" and not is_new):
            continue
        if not is_new and collection.is_auth and field.name in {"email", "verified"}:
            continue  # they have ways of their own
        body[field.name] = example_value(field)
        if field.type == "password":
            body[f"{field.name}Confirm"] = body[field.name]
    return body


def example_file(collection: Collection) -> Field | None:
    """The field that an example sends a file for; the body is a form then."""
    return next((field for field in written_fields(collection) if field.type == "file"), None)


def filter_example(collection: Collection) -> str:
    """A filter that this collection takes, "" where there is nothing to compare."""
    for field in collection.fields:
        if field.hidden or field.name == "id":
            continue
        match field.type:
            case "select" if isinstance(field, SelectField) and field.values and not field.is_multiple:
                return f'{field.name} = "{field.values[0]}"'
            case "date" | "autodate":
                return f'{field.name} >= "2026-01-01"'
            case "text" | "email":
                return f'{field.name} ~ "some"'
            case "number":
                return f"{field.name} >= {_number(field)}" if isinstance(field, NumberField) else ""
    return 'id != ""'


def sort_example(collection: Collection) -> str:
    dates = [field.name for field in collection.fields if field.type in {"autodate", "date"}]
    return f"-{dates[0]}" if dates else "id"


def relation_names(collection: Collection) -> list[str]:
    return [field.name for field in collection.fields if field.type == "relation" and not field.hidden]


def _number(field: NumberField) -> float | int:
    value: float = 12
    if field.max is not None:
        value = min(value, field.max)
    if field.min is not None:
        value = max(value, field.min)
    return int(value) if value == int(value) else value
