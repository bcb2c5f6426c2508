"""Dates in the headers of requests, in the three forms that HTTP knows.

Reference: RFC 9110 5.6.7; net/http ParseTime of Go 1.25, whose leniency is kept: names in any letters, runs
of blanks, hours of one digit, fractions of a second.
"""

import re
from calendar import timegm
from datetime import datetime

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_DAY = f"(?i:{'|'.join(day[:3] for day in _DAYS)})"
_LONG_DAY = f"(?i:{'|'.join(_DAYS)})"
_MONTH = f"(?P<month>(?i:{'|'.join(_MONTHS)}))"
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:[.,][0-9]+)?"
# Whatever the zone, the time counts as that of Greenwich.
_ZONE = (
    r"(?:UTC|(?:GMT)?[+-](?:2[0-3]|[01]?[0-9])"
    r"|ChST|MeST|WITA|[A-Z]{3}|[A-Z]{3,4}T)"
)
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_DAY}, +(?P<day>[0-9]{{2}}) +{_MONTH} +(?P<year>[0-9]{{4}}) +{_CLOCK} +GMT",
        rf"{_LONG_DAY}, +(?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) +{_CLOCK} +{_ZONE}",
        rf"{_DAY} +{_MONTH} +(?P<day>[0-9]{{1,2}}) +{_CLOCK} +(?P<year>[0-9]{{4}})",
    )
)


def parse_http_date(text: str) -> int | None:
    """The moment in whole seconds since 1970; None for what is no date.

    >>> parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT")
    (784111777, 784111777)
    >>> parse_http_date("Sun Nov  6 08:49:37 1994"), parse_http_date("1994-11-06")
    (784111777, None)
    """
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= 69 else 2000
    try:
        moment = datetime(
            max(year, 1),  # to Go there is a year 0, which is as long ago
            _MONTHS.index(parts["month"].lower()) + 1,
            int(parts["day"]),
            int(parts["hour"]),
            int(parts["minute"]),
            int(parts["second"]),
        )
    except ValueError:
        return None
    return timegm(moment.timetuple())
