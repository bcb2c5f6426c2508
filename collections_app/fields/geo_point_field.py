"""`geoPoint`: a longitude and a latitude in degrees; (0, 0) means unset."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import orjson

from collections_app.fields import columns_sql
from collections_app.fields.base import Field, ValueContext
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.python_values import Unfit, as_number, simplified
from collections_app.fields.registry import register
from platform_app.database.engines.vendor import Vendor
from platform_app.wire.casting import format_float, to_float
from platform_app.wire.errors import FieldError, required
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.json_encoding import json_number
from platform_app.wire.struct_decoding import folded

GeoPoint = dict[str, float]


def geo_point(raw: Any) -> GeoPoint:
    """The point that JSON, or an object from JSON, describes; whatever is missing or wrong is 0."""
    point = {"lon": 0.0, "lat": 0.0}
    if isinstance(raw, dict):
        members = sorted(raw.items())
    elif isinstance(raw, str) and raw:
        members = _members(raw)
    else:
        return point
    for key, member in members:
        if isinstance(member, float | int) and not isinstance(member, bool):
            name = key if key in point else folded(key)
            if name in point:
                point[name] = float(member)
    return point


def _members(text: str) -> list[tuple[str, Any]]:
    try:
        value = decode_json(text.encode("utf-8", errors="replace"), whole=True)
    except MalformedJson:
        return []
    return list(value.items()) if isinstance(value, dict) else []


def geo_point_from_db(stored: Any) -> GeoPoint:
    """A stored point; what is not one is (0, 0)."""
    try:
        point = orjson.loads(stored)
        longitude, latitude = point["lon"], point["lat"]
        if not (longitude and latitude) and type(stored) is str and "-0" in stored:
            return geo_point(stored)  # orjson makes an integer of -0, which has no sign then
        return {"lon": float(longitude), "lat": float(latitude)}
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return geo_point(stored)


def _plain_point(given: Any) -> Any:
    """A mapping of `lon` and `lat`, or a JSON text of one; nothing is (0, 0)."""
    given = simplified(given)
    if given is None or given == "":
        return given
    point = dict(_members(given)) if isinstance(given, str) else given
    if not isinstance(point, Mapping) or set(point) != {"lon", "lat"}:
        raise Unfit
    return {name: to_float(as_number(degrees)) for name, degrees in point.items()}


def _json_of(value: GeoPoint) -> dict[str, Any]:
    return {"lon": json_number(value["lon"]), "lat": json_number(value["lat"])}


@register
@dataclass(frozen=True, kw_only=True)
class GeoPointField(Field):
    type: ClassVar[str] = "geoPoint"

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.geo_point_column(vendor)

    def model_field(self) -> Any:
        return model_field(TextColumn, self)

    @property
    def zero(self) -> GeoPoint:
        return {"lon": 0.0, "lat": 0.0}

    def clean(self, raw: Any) -> GeoPoint:
        return geo_point(raw)

    def plain(self, given: Any) -> Any:
        return _plain_point(given)

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        longitude, latitude = value["lon"], value["lat"]
        if longitude == 0 and latitude == 0:
            return required() if self.required else None
        if not -90 <= latitude <= 90:
            return FieldError("validation_invalid_latitude", "Latitude must be between -90 and 90 degrees.")
        if not -180 <= longitude <= 180:
            return FieldError(
                "validation_invalid_longitude", "Longitude must be between -180 and 180 degrees."
            )
        return None

    def from_db(self, stored: Any) -> GeoPoint:
        return geo_point_from_db(stored)

    def to_db(self, value: Any) -> str:
        return f'{{"lon":{format_float(value["lon"])},"lat":{format_float(value["lat"])}}}'

    def to_json(self, value: Any) -> dict[str, Any]:
        return _json_of(value)

    @cached_property
    def decoder(self) -> Any:
        return geo_point_from_db

    @cached_property
    def encoder(self) -> Any:
        return _json_of
