"""JSON values as members that have a type."""

import pytest

from platform_app.wire.struct_decoding import (
    Members,
    Unfit,
    read_bool,
    read_float,
    read_int,
    read_int64,
    read_items,
    read_moment,
    read_object,
    read_text,
)

TOO_LONG = 2**63


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        pytest.param(read_text, "a", "a", id="text"),
        pytest.param(read_bool, False, False, id="bool"),
        pytest.param(read_int64, -(2**63), -(2**63), id="int64"),
        pytest.param(read_int, 5, 5, id="int"),
        pytest.param(read_float, 5, 5.0, id="whole_float"),
        pytest.param(read_float, 1.5, 1.5, id="float"),
        pytest.param(read_moment, "2024-01-01 10:00:00.000Z", "2024-01-01 10:00:00.000Z", id="moment"),
        pytest.param(read_moment, "soon", "", id="no_moment"),
    ],
)
def test_fits(read, raw, value):
    assert (read(raw), type(read(raw))) == (value, type(value))


@pytest.mark.parametrize(
    ("read", "raw", "words"),
    [
        pytest.param(read_text, 5, "number into Go value of type string", id="text"),
        pytest.param(read_text, ["a"], "array into Go value of type string", id="text_array"),
        pytest.param(read_bool, 1, "number into Go value of type bool", id="bool"),
        pytest.param(read_int64, True, "bool into Go value of type int64", id="int64_bool"),
        pytest.param(read_int64, 5.5, "number 5.5 into Go value of type int64", id="int64_float"),
        pytest.param(
            read_int64, TOO_LONG, f"number {TOO_LONG} into Go value of type int64", id="int64_too_long"
        ),
        pytest.param(read_int, "5", "string into Go value of type int", id="int"),
        pytest.param(read_float, "5", "string into Go value of type float64", id="float"),
        pytest.param(read_float, 10**400, "number into Go value of type float64", id="float_too_long"),
        pytest.param(read_moment, {}, "object into Go value of type string", id="moment"),
    ],
)
def test_misfits(read, raw, words):
    with pytest.raises(Unfit) as refused:
        read(raw)
    assert str(refused.value) == f"json: cannot unmarshal {words}"


def test_object_is_called_what_its_reader_says():
    assert read_object({"a": 1}, "core.A") == {"a": 1}
    with pytest.raises(Unfit, match="array into Go struct field A.b of type core.B"):
        try:
            read_object([], "core.B")
        except Unfit as error:
            raise error.inside("A", "b") from None


def test_items_are_read_over_those_before_and_over_blank_ones():
    def read(before, raw):
        return f"{before}{raw}"

    assert read_items(["x", "y"], "[]string", read, before=["a"], blank=lambda: "-") == ["ax", "-y"]
    assert read_items([], "[]string", read, before=["a"], blank=str) == []
    with pytest.raises(Unfit, match=r"string into Go value of type \[\]string"):
        read_items("x", "[]string", read, blank=str)


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        pytest.param("maxSize", ["member"], id="exact"),
        pytest.param("MAXSIZE", ["member"], id="capitals"),
        pytest.param("max\u017fize", ["member"], id="long_s"),
        pytest.param("max_size", [], id="other"),
        pytest.param("maxSize ", [], id="blank"),
        pytest.param("maxSi\u0292e", [], id="other_letter"),
    ],
)
def test_member_is_found(sent, found):
    assert [known for known, _ in Members({"maxSize": "member"}).of({sent: 1})] == found


def test_a_letter_stands_for_one_letter():
    assert Members({"access": "member"}).of({"acce\u00df": 1}) == []
