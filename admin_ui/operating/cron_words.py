"""What a cron expression means, in words, for those that people write most."""

import re

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext

from system_app.crons.schedule import InvalidCron, Schedule

_EVERY = re.compile(r"\*/(\d+)")
_MONDAY_TO_FRIDAY = "1-5"


def words_of(expression: str) -> str:
    """Such as "every day at 03:00"; "" for one that is no expression, or says more than fits into words.

    >>> words_of("*/30 * * * *"), words_of("0 3 * * *"), words_of("0 7 * * 1"), words_of("1,2 3 4-9 * *")
    ('every 30 minutes', 'every day at 03:00', 'every Monday at 07:00', '')
    """
    try:
        schedule = Schedule.parse(expression)
    except InvalidCron:
        return ""
    minute, hour, day, month, weekday = schedule.expression.split(" ")
    if month != "*":
        return ""
    if (day, weekday) == ("*", "*"):
        return _in_a_day(minute, hour)
    if not (minute.isdecimal() and hour.isdecimal()):
        return ""
    at = {"time": f"{int(hour):02}:{int(minute):02}"}
    if day == "*" and weekday == _MONDAY_TO_FRIDAY:
        return gettext("Monday to Friday at {time}").format(**at)
    if day == "*" and weekday.isdecimal():
        # Django's week begins on Monday, that of cron on Sunday.
        name = str(WEEKDAYS[(int(weekday) - 1) % 7])
        return gettext("every {weekday} at {time}").format(weekday=name, **at)
    if weekday == "*" and day.isdecimal():
        return gettext("on day {day} of each month at {time}").format(day=int(day), **at)
    return ""


def _in_a_day(minute: str, hour: str) -> str:
    """Of those that run every day."""
    if hour == "*":
        if minute == "*":
            return gettext("every minute")
        if found := _EVERY.fullmatch(minute):
            number = int(found[1])
            # Only what divides an hour comes again after the same time.
            if 60 % number:
                return ""
            if number == 1:
                return gettext("every minute")
            return gettext("every {number} minutes").format(number=number)
        if minute.isdecimal():
            if int(minute) == 0:
                return gettext("every hour")
            return gettext("every hour at :{minute}").format(minute=f"{int(minute):02}")
        return ""
    if (found := _EVERY.fullmatch(hour)) and minute.isdecimal() and not int(minute):
        number = int(found[1])
        if 24 % number:
            return ""
        if number == 1:
            return gettext("every hour")
        return gettext("every {number} hours").format(number=number)
    if minute.isdecimal() and hour.isdecimal():
        return gettext("every day at {time}").format(time=f"{int(hour):02}:{int(minute):02}")
    return ""
