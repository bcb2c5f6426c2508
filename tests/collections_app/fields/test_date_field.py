import pytest

from platform_app.wire.errors import FieldError
from tests.collections_app.fields.judging import code, judge, make, option_codes

LIMITED = make("date", min="2024-01-01", max="2024-12-31 00:00:00.5Z")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2024-05-01", "2024-05-01 00:00:00.000Z"),
        ("2024-05-01T10:00:00+02:00", "2024-05-01 08:00:00.000Z"),
        ("tomorrow", ""),
        (1714550400.0, ""),
    ],
)
def test_input_becomes_a_moment_or_nothing(raw, value):
    assert make("date").clean(raw) == value


def test_required_refuses_what_cannot_be_read():
    assert code(make("date", required=True), "tomorrow") == "validation_required"
    assert code(make("date"), "tomorrow") is None


def test_limits():
    assert judge(LIMITED, "2023-12-31") == FieldError(
        "validation_min_greater_equal_than_required",
        "Must be no less than 2024-01-01 00:00:00 +0000 UTC.",
        {"threshold": "2024-01-01T00:00:00Z"},
    )
    assert judge(LIMITED, "2024-12-31 00:00:00.501Z") == FieldError(
        "validation_max_less_equal_than_required",
        "Must be no greater than 2024-12-31 00:00:00.5 +0000 UTC.",
        {"threshold": "2024-12-31T00:00:00.5Z"},
    )
    assert [code(LIMITED, raw) for raw in ("2024-01-01", "2024-12-31 00:00:00.500Z", "")] == [None] * 3


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2024-12-31 00:00:00.5000000Z", None),
        ("2024-12-31 00:00:00.5000000009Z", None),  # below nanoseconds
        ("2024-12-31 00:00:00.5000001Z", "validation_max_less_equal_than_required"),
        ("2024-12-31T00:00:00,500001", "validation_max_less_equal_than_required"),
        ("2023-12-31 23:59:59.9999Z", "validation_min_greater_equal_than_required"),
        ("2024-01-01 00:00:00.0001Z", None),
    ],
)
def test_limits_look_below_milliseconds(raw, expected):
    assert code(LIMITED, raw) == expected


def test_limits_may_contradict_each_other_or_be_unreadable():
    field = make("date", min="2024-05-01", max="2023-05-01")
    assert option_codes(field) == {}
    assert (make("date", min="soon").as_json()["min"], field.as_json()["max"]) == (
        "",
        "2023-05-01 00:00:00.000Z",
    )
