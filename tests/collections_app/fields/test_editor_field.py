import pytest

from platform_app.wire.errors import FieldError
from tests.collections_app.fields.judging import answer, code, judge, make, option_codes


@pytest.mark.parametrize(
    ("raw", "value"), [("<script>", "<script>"), (1e-7, "0.0000001"), (None, ""), ({"a": 1.0}, "")]
)
def test_input_is_stored_as_it_is(raw, value):
    assert make("editor").clean(raw) == value
    assert answer(make("editor"), value) == value


def test_size_counts_bytes():
    field = make("editor", maxSize=5)
    assert judge(field, "éé") is None
    assert judge(field, "ééé") == FieldError(
        "validation_content_size_limit", "The maximum allowed content size is 5 bytes.", {"maxSize": 5}
    )


def test_default_size_is_five_mebibytes():
    assert code(make("editor"), "x" * 5242880) is None
    assert code(make("editor"), "x" * 5242881) == "validation_content_size_limit"
    assert make("editor").body_limit_bytes == 5242880


def test_required():
    assert code(make("editor", required=True), "") == "validation_required"
    assert code(make("editor"), "") is None


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (-1, {"maxSize": "validation_min_greater_equal_than_required"}),
        (0, {}),
        (2**53, {"maxSize": "validation_max_less_equal_than_required"}),
    ],
)
def test_max_size_option(size, expected):
    assert option_codes(make("editor", maxSize=size)) == expected
