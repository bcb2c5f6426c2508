import pytest

from platform_app.wire.errors import FieldError
from platform_app.wire.json_encoding import encode
from platform_app.wire.raw_json import RawJson
from tests.collections_app.fields.judging import answer, code, judge, make

FIELD = make("geoPoint")


@pytest.mark.parametrize(
    ("raw", "lon", "lat"),
    [
        ({"lon": 1.5, "lat": 2.0}, 1.5, 2.0),
        ('{"lon":1.5,"lat":2}', 1.5, 2.0),
        ({"LAT": 5.0}, 0.0, 5.0),
        ({"LAT": 1.0, "Lat": 3.0, "lat": 2.0}, 0.0, 2.0),
        ('{"lat":1,"LAT":2,"lon":null}', 0.0, 2.0),
        ({"lon": 1.0}, 1.0, 0.0),
        ({"lon": 1.0, "lat": 2.0, "alt": 3.0}, 1.0, 2.0),
        ({"lon": "5", "lat": True}, 0.0, 0.0),
        ([1.0, 2.0], 0.0, 0.0),
        ("[1,2]", 0.0, 0.0),
        ("1,2", 0.0, 0.0),
        ('{"lat":5} x', 0.0, 0.0),
        (5.0, 0.0, 0.0),
        (True, 0.0, 0.0),
        (None, 0.0, 0.0),
        ("", 0.0, 0.0),
        (RawJson('{"lon":3}'), 3.0, 0.0),
    ],
)
def test_input(raw, lon, lat):
    assert FIELD.clean(raw) == {"lon": lon, "lat": lat}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            {"lat": 91.0, "lon": 1.0},
            FieldError("validation_invalid_latitude", "Latitude must be between -90 and 90 degrees."),
        ),
        (
            {"lat": 1.0, "lon": -180.5},
            FieldError("validation_invalid_longitude", "Longitude must be between -180 and 180 degrees."),
        ),
        ({"lat": 90.0, "lon": -180.0}, None),
        ({"lat": 0.0, "lon": 0.0}, None),
    ],
)
def test_ranges(raw, expected):
    assert judge(FIELD, raw) == expected


def test_latitude_is_checked_first():
    assert code(FIELD, {"lat": 91.0, "lon": 181.0}) == "validation_invalid_latitude"


def test_null_island_counts_as_empty():
    assert code(make("geoPoint", required=True), {"lat": 0.0, "lon": -0.0}) == "validation_required"
    assert code(make("geoPoint", required=True), {"lat": 0.1}) is None


def test_answer_and_stored_text_have_lon_first():
    value = FIELD.clean({"lat": 1e-7, "lon": -0.0})
    assert encode(answer(FIELD, value)) == b'{"lon":-0,"lat":1e-7}'
    assert FIELD.to_db(value) == '{"lon":-0,"lat":1e-7}'


@pytest.mark.parametrize("text", ['{"lon":-0,"lat":1}', '{"lon":1,"lat":-0.0}', '{"lon":-0.5,"lat":-0}'])
def test_a_negative_zero_keeps_its_sign(text):
    written = text.replace("-0.0}", "-0}").encode()
    assert encode(answer(FIELD, FIELD.from_db(text))) == encode(answer(FIELD, FIELD.clean(text))) == written


@pytest.mark.parametrize(
    ("stored", "lon", "lat"),
    [
        ('{"lon":1,"lat":2.5}', 1.0, 2.5),
        ('{"lat":2.5}', 0.0, 2.5),
        ("", 0.0, 0.0),
        (None, 0.0, 0.0),
        (5, 0.0, 0.0),
        ("[1]", 0.0, 0.0),
        ('{"lon":null,"lat":1}', 0.0, 1.0),
    ],
)
def test_stored_forms(stored, lon, lat):
    assert FIELD.from_db(stored) == {"lon": lon, "lat": lat}
