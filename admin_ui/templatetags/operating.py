"""How screens that operate the server write times, sizes and states."""

from datetime import UTC, datetime

from django import template
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext, pgettext

from system_app.crons.models import Run

register = template.Library()

_UNITS = ("B", "KB", "MB", "GB", "TB")


@register.filter
def moment(value: datetime) -> str:
    """The time of today, the day of others, in UTC."""
    value = value.astimezone(UTC)
    return f"{value:%H:%M}" if value.date() == datetime.now(UTC).date() else f"{value:%Y-%m-%d %H:%M}"


@register.filter
def until(value: datetime, now: datetime) -> str:
    """The largest unit of the time until then."""
    if (value - now).total_seconds() < 60:
        return gettext("within a minute")
    return gettext("in %(time)s") % {"time": timeuntil(value, now, depth=1)}


@register.filter
def ago(value: datetime) -> str:
    if (datetime.now(UTC) - value).total_seconds() < 60:
        return gettext("just now")
    return gettext("%(time)s ago") % {"time": timesince(value, depth=1)}


@register.filter
def took(milliseconds: int) -> str:
    """
    >>> took(2), took(410), took(12840), took(41200), took(215000), took(7_200_000)
    ('2 ms', '0.4 s', '12.8 s', '41.2 s', '3.6 min', '2.0 h')
    """
    if milliseconds < 100:
        return f"{milliseconds} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


@register.filter
def size(size_bytes: int) -> str:
    """
    >>> size(0), size(1023), size(432_435_200), size(8 * 1024**4)
    ('0 B', '1023 B', '412.4 MB', '8.0 TB')
    """
    value, unit = float(size_bytes), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{size_bytes} B"


def bound(size_bytes: int) -> str:
    """A size as a bound, which mostly is a whole number of some unit.

    >>> bound(5 * 1024**2), bound(100_000), bound(2048), bound(900)
    ('5 MB', '97.7 KB', '2 KB', '900 B')
    """
    return size(size_bytes).replace(".0 ", " ")


@register.filter
def state_word(state: str) -> str:
    """How a run goes, or went."""
    return {
        Run.State.WAITING.value: pgettext("of a job", "Waiting"),
        Run.State.RUNNING.value: pgettext("of a job", "Running"),
        Run.State.DONE.value: pgettext("of a job", "done"),
        Run.State.FAILED.value: pgettext("of a job", "failed"),
        Run.State.MISSED.value: pgettext("of a job", "missed: no worker was free"),
    }[state]
