"""Whether a request still wants a file, as Go's ServeContent decides; MODIFIED has a fraction of a second."""

from datetime import UTC, datetime

import pytest

from files_app.preconditions import EPOCH, Conditions, outcome, wanted_range

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
SAME = "Fri, 02 Jan 2026 03:04:05 GMT"
BEFORE = "Fri, 02 Jan 2026 03:04:04 GMT"
AFTER = "Fri, 02 Jan 2026 03:04:06 GMT"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, "send", id="nothing"),
        pytest.param({"if_modified_since": SAME}, "not modified", id="since_then"),
        pytest.param({"if_modified_since": AFTER}, "not modified", id="since_later"),
        pytest.param({"if_modified_since": BEFORE}, "send", id="since_before"),
        pytest.param({"if_modified_since": "yesterday"}, "send", id="since_no_date"),
        pytest.param({"if_unmodified_since": SAME}, "send", id="unmodified_since_then"),
        pytest.param({"if_unmodified_since": BEFORE}, "failed", id="unmodified_since_before"),
        pytest.param({"if_unmodified_since": "yesterday"}, "send", id="unmodified_since_no_date"),
        pytest.param({"if_match": "*"}, "send", id="any_match"),
        pytest.param({"if_match": '"x"'}, "failed", id="match"),
        pytest.param({"if_match": '"x", *'}, "send", id="match_or_any"),
        pytest.param({"if_match": '"x" nonsense, *'}, "failed", id="match_then_nonsense"),
        pytest.param({"if_match": "*", "if_unmodified_since": BEFORE}, "send", id="match_goes_first"),
        pytest.param({"if_none_match": "*"}, "not modified", id="none_matches_any"),
        pytest.param({"if_none_match": '"x"'}, "send", id="none_matches"),
        pytest.param({"if_none_match": '""'}, "send", id="the_empty_tag"),
        pytest.param({"if_none_match": '"x"', "if_modified_since": AFTER}, "send", id="none_goes_first"),
        pytest.param({"if_match": '"x"', "if_none_match": "*"}, "failed", id="failed_goes_first"),
    ],
)
def test_without_an_etag(asked, expected):
    assert outcome(Conditions(**asked), MODIFIED) == expected


@pytest.mark.parametrize(
    ("asked", "etag", "expected"),
    [
        pytest.param({"if_match": '"a", "b"'}, '"b"', "send", id="match"),
        pytest.param({"if_match": 'W/"b"'}, 'W/"b"', "failed", id="weak_tags_do_not_match"),
        pytest.param({"if_none_match": '"a", "b"'}, '"b"', "not modified", id="none_matches"),
        pytest.param({"if_none_match": 'W/"b"'}, '"b"', "not modified", id="weakly"),
        pytest.param({"if_none_match": '"c"'}, '"b"', "send", id="another"),
    ],
)
def test_with_the_etag_of_a_hook(asked, etag, expected):
    assert outcome(Conditions(**asked), MODIFIED, etag) == expected


@pytest.mark.parametrize("asked", [{"if_modified_since": AFTER}, {"if_unmodified_since": BEFORE}])
def test_a_file_without_a_date_is_sent(asked):
    assert outcome(Conditions(**asked), EPOCH) == "send"


@pytest.mark.parametrize(
    ("if_range", "etag", "is_wanted"),
    [
        pytest.param("", "", True, id="none"),
        pytest.param(SAME, "", True, id="same_date"),
        pytest.param("Friday, 02-Jan-26 03:04:05 GMT", "", True, id="same_date_otherwise"),
        pytest.param(BEFORE, "", False, id="before"),
        pytest.param(AFTER, "", False, id="after"),
        pytest.param('"x"', "", False, id="tag"),
        pytest.param('"x"', '"x"', True, id="same_tag"),
        pytest.param('W/"x"', 'W/"x"', False, id="weak_tag"),
        pytest.param("nonsense", "", False, id="nonsense"),
    ],
)
def test_if_range(if_range, etag, is_wanted):
    asked = Conditions(range="bytes=0-1", if_range=if_range)
    assert wanted_range(asked, MODIFIED, etag) == ("bytes=0-1" if is_wanted else "")


def test_if_range_alone_asks_for_nothing():
    assert wanted_range(Conditions(if_range=SAME), MODIFIED) == ""
