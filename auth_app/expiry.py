"""When a stored row is too old to be used."""

from datetime import UTC, datetime

_FORMAT = "%Y-%m-%d %H:%M:%S.%fZ"


def has_expired(created: str, seconds: float) -> bool:
    """Whether more than `seconds` have passed since a stored date; text that is no date has expired.

    >>> has_expired("2022-10-10 09:50:06.449Z", 60), has_expired("", 60)
    (True, True)
    """
    try:
        then = datetime.strptime(created, _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return True
    return (datetime.now(UTC) - then).total_seconds() > seconds
