import pytest

from tests.collections_app.fields.judging import code, make


@pytest.mark.parametrize(("raw", "value"), [("true", True), ("yes", False), (2.0, True), (None, False)])
def test_input_is_cast_to_bool(raw, value):
    assert make("bool").clean(raw) is value


def test_required_means_true():
    field = make("bool", required=True)
    assert [code(field, raw) for raw in (True, False, None)] == [
        None,
        "validation_required",
        "validation_required",
    ]
    assert code(make("bool"), False) is None


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        (1, True),
        (0, False),
        (True, True),
        (False, False),
        (2, False),  # a view's value is read as text
        (0.5, False),
        ("true", True),
        ("x", False),
        (None, False),
    ],
)
def test_stored_forms(stored, value):
    assert make("bool").from_db(stored) is value
