"""Range headers, as Go's net/http reads them."""

import pytest

from files_app.ranges import (
    MOST_RANGES,
    MalformedRange,
    NoOverlap,
    content_range,
    multipart_pieces,
    parse_ranges,
)
from platform_app.requests.file_answers import Span

SIZE = 10
FAR = "9" * 5000


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        pytest.param("", [], id="none"),
        pytest.param("bytes=0-3", [(0, 4)], id="both_ends"),
        pytest.param("bytes=3-3", [(3, 1)], id="one_byte"),
        pytest.param("bytes=4-", [(4, 6)], id="to_the_end"),
        pytest.param("bytes=-4", [(6, 4)], id="the_last"),
        pytest.param("bytes=-0", [(10, 0)], id="the_last_none"),
        pytest.param("bytes=-99", [(0, 10)], id="more_than_there_is"),
        pytest.param("bytes=8-99", [(8, 2)], id="past_the_end"),
        pytest.param("bytes=0-9223372036854775807", [(0, 10)], id="largest_number"),
        pytest.param("bytes=0-1,4-5, 9-", [(0, 2), (4, 2), (9, 1)], id="several"),
        pytest.param("bytes=5-6,0-1", [(5, 2), (0, 2)], id="in_their_order"),
        pytest.param("bytes=0-1,99-", [(0, 2)], id="those_behind_the_end_are_left_out"),
        pytest.param("bytes=,0-1,,", [(0, 2)], id="empty_elements"),
        pytest.param("bytes=\t0 - 1 ", [(0, 2)], id="blanks"),
        pytest.param("bytes=+1-+2", [(1, 2)], id="plus"),
        pytest.param("bytes=0--0", [(0, 1)], id="minus_nothing"),
        pytest.param(f"bytes={'0' * 5000}1-2", [(1, 2)], id="leading_zeros"),
        pytest.param("bytes=", [], id="no_range_is_all"),
        pytest.param("bytes=0-5,4-9", [], id="more_than_the_file_is_all"),
        pytest.param("bytes=" + "0-0," * MOST_RANGES, [], id="too_many_are_all"),
    ],
)
def test_the_parts_that_are_asked_for(header, spans):
    assert parse_ranges(header, SIZE) == [Span(*span) for span in spans]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("items=0-1", id="another_unit"),
        pytest.param("Bytes=0-1", id="letters"),
        pytest.param("bytes 0-1", id="no_equals_sign"),
        pytest.param("bytes=0", id="no_dash"),
        pytest.param("bytes=-", id="neither_end"),
        pytest.param("bytes=a-b", id="letters_for_numbers"),
        pytest.param("bytes=5-4", id="backwards"),
        pytest.param("bytes=--1", id="negative_length"),
        pytest.param("bytes=0--1", id="negative_end"),
        pytest.param("bytes=1_0-", id="underscore"),
        pytest.param("bytes=٣-", id="other_digits"),
        pytest.param("bytes=0-9223372036854775808", id="past_the_largest_number"),
        pytest.param(f"bytes=0-{FAR}", id="far_past_it"),
        pytest.param("bytes=0-1,x", id="one_of_several"),
        pytest.param("bytes=99-,x", id="behind_one_behind_the_end"),
        pytest.param("bytes=0-1;2-3", id="semicolon"),
    ],
)
def test_malformed_headers_are_refused(header):
    with pytest.raises(MalformedRange, match=r"^invalid range$"):
        parse_ranges(header, SIZE)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=10-,11-12"])
def test_what_lies_behind_the_end_is_refused(header):
    with pytest.raises(NoOverlap, match=r"^invalid range: failed to overlap$"):
        parse_ranges(header, SIZE)


@pytest.mark.parametrize(
    ("header", "spans"), [("bytes=0-", []), ("bytes=5-9,8-", []), ("bytes=-5", [Span(0, 0)])]
)
def test_an_empty_file_has_no_end_to_lie_behind(header, spans):
    assert parse_ranges(header, 0) == spans


@pytest.mark.parametrize(
    ("span", "size", "text"),
    [((0, 4), 10, "bytes 0-3/10"), ((10, 0), 10, "bytes 10-9/10"), ((0, 0), 0, "bytes 0--1/0")],
)
def test_content_range(span, size, text):
    assert content_range(Span(*span), size) == text


def test_several_parts_in_one_body():
    assert multipart_pieces([Span(0, 2), Span(4, 1)], "b0", "text/plain", SIZE) == [
        b"--b0\r\nContent-Range: bytes 0-1/10\r\nContent-Type: text/plain\r\n\r\n",
        Span(0, 2),
        b"\r\n--b0\r\nContent-Range: bytes 4-4/10\r\nContent-Type: text/plain\r\n\r\n",
        Span(4, 1),
        b"\r\n--b0--\r\n",
    ]
