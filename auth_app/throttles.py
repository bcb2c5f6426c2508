"""How often something may happen for somebody: counted in the database, so by all processes together.

The rate limits of the settings may be switched off and count for each process; these always hold.
"""

import time

from django.db.models import F

from auth_app.models import Throttle
from platform_app.database.transactions import unit_of_work


def take(key: str, *, most: int = 1, seconds: float) -> bool:
    """Count one more for `key`; False when it has happened `most` times since its window began.

    A window begins with the first one and is over after `seconds`.
    """
    if is_spent(key, most=most):
        return False
    now = time.time()
    with unit_of_work():
        _forget_past(now)
        _, is_first = Throttle.objects.get_or_create(key=key, defaults={"ends_at": now + seconds, "taken": 1})
        fits = Throttle.objects.filter(key=key, taken__lt=most)
        return is_first or fits.update(taken=F("taken") + 1) == 1


def is_spent(key: str, *, most: int = 1) -> bool:
    """Whether `take` would say no now."""
    return Throttle.objects.filter(key=key, taken__gte=most, ends_at__gt=time.time()).exists()


def give_back(key: str) -> None:
    """Let `key` begin anew."""
    Throttle.objects.filter(key=key).delete()


def _forget_past(now: float) -> None:
    # Those that somebody else removes right now are left to them: neither waits for the other.
    past = Throttle.objects.filter(ends_at__lte=now).select_for_update(skip_locked=True)
    Throttle.objects.filter(key__in=past.values("key")).delete()
