"""How often something may happen for somebody: counted in the database, so by all processes together.

The rate limits of the settings may be switched off and count for each process; these always hold.
"""

import time

from django.db.models import F, Q

from auth_app.models import Throttle
from platform_app.database.transactions import unit_of_work

# So much later than ours may a window begin that another thread or machine has begun meanwhile. One that ends
# later still is from before the clock was set back.
_LEEWAY_SECONDS = 60.0


def take(key: str, *, most: int = 1, seconds: float) -> bool:
    """Count one more for `key`; False when it has happened `most` times since its window began.

    A window begins with the first one and is over after `seconds`, or when the clock was set back meanwhile.
    """
    if is_spent(key, most=most, seconds=seconds):
        return False
    now = time.time()
    with unit_of_work():
        _forget_past(now, Q(key=key, ends_at__gt=now + seconds + _LEEWAY_SECONDS))
        _, is_first = Throttle.objects.get_or_create(key=key, defaults={"ends_at": now + seconds, "taken": 1})
        fits = Throttle.objects.filter(key=key, taken__lt=most)
        return is_first or fits.update(taken=F("taken") + 1) == 1


def is_spent(key: str, *, most: int = 1, seconds: float) -> bool:
    """Whether `take` would say no now."""
    now = time.time()
    latest = now + seconds + _LEEWAY_SECONDS
    return Throttle.objects.filter(key=key, taken__gte=most, ends_at__gt=now, ends_at__lte=latest).exists()


def give_back(key: str) -> None:
    """Let `key` begin anew."""
    Throttle.objects.filter(key=key).delete()


def _forget_past(now: float, others: Q) -> None:
    # Those that somebody else removes right now are left to them: neither waits for the other.
    past = Throttle.objects.filter(Q(ends_at__lte=now) | others).select_for_update(skip_locked=True)
    Throttle.objects.filter(key__in=past.values("key")).delete()
