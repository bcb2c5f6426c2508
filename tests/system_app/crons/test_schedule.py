"""Cron expressions: contract/system.md 6 and the table in 18."""

from datetime import UTC, datetime

import pytest

from system_app.crons.schedule import InvalidCron, Schedule

SEGMENTS = "invalid cron expression - must be a valid macro or to have exactly 5 space separated segments"
VALUE = "invalid segment value - must be between the min and max of the segment"
STEP_FORM = "invalid segment step format - must be in the format */n or 1-30/n"
STEP_OF_ONE = "invalid segment step - step > 1 could be used only with the wildcard or range format"


def not_a_number(text):
    return f'strconv.Atoi: parsing "{text}": invalid syntax'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *(
            (text, SEGMENTS)
            for text in ("", "x", "* * * *", "* * * * * *", " * * * * *", "*  * * * *", "@reboot", "@DAILY")
        ),
        *((text, VALUE) for text in ("60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *")),
        ("* * * * 7", VALUE),
        ("5-1 * * * *", "invalid segment range maximum - must be between 5 and 59"),
        ("5-70 * * * *", "invalid segment range maximum - must be between 5 and 59"),
        ("70-80 * * * *", "invalid segment range minimum - must be between 0 and 59"),
        ("1-2-3 * * * *", "invalid segment range format - the range must have 1 or 2 parts"),
        ("*/0 * * * *", "invalid segment step boundary - the step must be between 1 and the 59"),
        ("* */24 * * *", "invalid segment step boundary - the step must be between 1 and the 23"),
        ("*/2/3 * * * *", STEP_FORM),
        ("1/2 * * * *", STEP_OF_ONE),
        ("mon * * * *", not_a_number("mon")),
        ("1,,2 * * * *", not_a_number("")),
        ("*/x * * * *", not_a_number("x")),
        ("-5 * * * *", not_a_number("")),
        ("1_0 * * * *", not_a_number("1_0")),
        (f"{9 * 10**18}0 * * * *", f'strconv.Atoi: parsing "{9 * 10**18}0": value out of range'),
    ],
)
def test_refused(text, message):
    with pytest.raises(InvalidCron) as raised:
        Schedule.parse(text)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("segment", "minutes"),
    [
        ("*", range(60)),
        ("*/20", {0, 20, 40}),
        ("5", {5}),
        ("+5", {5}),
        ("5/1", {5}),
        ("1-3", {1, 2, 3}),
        ("1-10/4", {1, 5, 9}),
        ("1,3,10-12", {1, 3, 10, 11, 12}),
    ],
)
def test_minutes(segment, minutes):
    assert Schedule.parse(f"{segment} * * * *").minutes == frozenset(minutes)


def test_a_macro_is_expanded():
    assert Schedule.parse("@weekly") == Schedule.parse("0 0 * * 0")


@pytest.mark.parametrize(
    ("text", "moment", "is_due"),
    [
        ("30 4 * * *", datetime(2026, 3, 1, 4, 30, 59, tzinfo=UTC), True),
        ("30 4 * * *", datetime(2026, 3, 1, 4, 31, tzinfo=UTC), False),
        ("* * * * 0", datetime(2026, 3, 1, tzinfo=UTC), True),  # a Sunday
        ("* * * * 6", datetime(2026, 3, 1, tzinfo=UTC), False),
        ("* * 1 * 0", datetime(2026, 3, 1, tzinfo=UTC), True),
        ("* * 1 * 1", datetime(2026, 3, 1, tzinfo=UTC), False),  # both days have to match
        ("* * * 4 *", datetime(2026, 3, 1, tzinfo=UTC), False),
    ],
)
def test_due(text, moment, is_due):
    assert Schedule.parse(text).is_due(moment) is is_due


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("* * * * *", "2026-02-28 23:59", id="every_minute"),
        pytest.param("58 23 * * *", "2026-03-01 23:58", id="its_own_minute_is_over"),
        pytest.param("*/30 * * * *", "2026-03-01 00:00", id="the_next_day"),
        pytest.param("0 7 * * 1", "2026-03-02 07:00", id="monday"),
        pytest.param("0 0 1 1 *", "2027-01-01 00:00", id="the_next_year"),
        pytest.param("15 4 31 * *", "2026-03-31 04:15", id="months_that_have_it"),
        pytest.param("0 0 29 2 *", "2028-02-29 00:00", id="leap_day"),
        pytest.param("0 0 29 2 0", "2032-02-29 00:00", id="leap_day_on_a_sunday"),
        pytest.param("0 0 30 2 *", None, id="never"),
    ],
)
def test_next_after(expression, expected):
    moment = datetime(2026, 2, 28, 23, 58, 30, tzinfo=UTC)
    found = Schedule.parse(expression).next_after(moment)
    assert (found and f"{found:%Y-%m-%d %H:%M}") == expected
    assert found is None or Schedule.parse(expression).is_due(found)
