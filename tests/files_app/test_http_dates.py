"""Dates in headers, as Go's ParseTime reads them."""

import pytest

from files_app.http_dates import parse_http_date

MOMENT = 784111777


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", MOMENT, id="usual"),
        pytest.param("Mon, 06 Nov 1994 08:49:37 GMT", MOMENT, id="another_weekday"),
        pytest.param("sun, 06 NOV 1994 08:49:37 GMT", MOMENT, id="letters"),
        pytest.param("Sun,  06  Nov  1994  08:49:37  GMT", MOMENT, id="runs_of_blanks"),
        pytest.param("Sun, 06 Nov 1994 8:49:37 GMT", MOMENT, id="hour_of_one_digit"),
        pytest.param("Sun, 06 Nov 1994 08:49:37.99 GMT", MOMENT, id="fraction"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", MOMENT, id="rfc_850"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 CEST", MOMENT, id="zones_do_not_count"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT+5", MOMENT, id="nor_do_offsets"),
        pytest.param("Sun Nov  6 08:49:37 1994", MOMENT, id="asctime"),
        pytest.param("Sun Nov 06 08:49:37 1994", MOMENT, id="asctime_two_digits"),
        pytest.param("Thursday, 01-Jan-70 00:00:00 UTC", 0, id="two_digits_from_69_are_the_last_century"),
        pytest.param("Sunday, 01-Jan-68 00:00:00 UTC", 3092601600, id="and_before_this_one"),
        pytest.param("Sun, 29 Feb 2004 00:00:00 GMT", 1078012800, id="leap_day"),
        pytest.param("Sat, 01 Jan 0000 00:00:00 GMT", -62135596800, id="year_0_is_long_ago"),
        pytest.param("Sun, 29 Feb 2005 00:00:00 GMT", None, id="no_leap_year"),
        pytest.param("Sun, 00 Nov 1994 08:49:37 GMT", None, id="day_0"),
        pytest.param("Sun, 6 Nov 1994 08:49:37 GMT", None, id="day_of_one_digit"),
        pytest.param("Sun, 06 Nov 1994 24:00:00 GMT", None, id="hour_24"),
        pytest.param("Sun, 06 Nov 1994 08:60:00 GMT", None, id="minute_60"),
        pytest.param("Sun, 06 Nov 1994 08:49:60 GMT", None, id="second_60"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 gmt", None, id="gmt_in_small_letters"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 UTC", None, id="another_zone"),
        pytest.param("Sun, 06 Nov 94 08:49:37 GMT", None, id="year_of_two_digits"),
        pytest.param("Sun, 06 November 1994 08:49:37 GMT", None, id="long_month"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT+24", None, id="offset_24"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 gmt", None, id="small_zone"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT ", None, id="something_behind"),
        pytest.param("784111777", None, id="number"),
        pytest.param("", None, id="empty"),
    ],
)
def test_dates(text, seconds):
    assert parse_http_date(text) == seconds
