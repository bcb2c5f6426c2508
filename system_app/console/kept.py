"""Texts of the SQL console that are kept: everybody's under a name, and the last ones of each person."""

from django.db.models import QuerySet
from django.utils import timezone

from platform_app.database.transactions import unit_of_work
from system_app.models import ConsoleQuery

MOST_LAST = 10
MOST_NAMED = 200
LONGEST_NAME = 100


class UnusableName(Exception):
    """There is no name, it is too long, or there are too many already."""


def last_queries(owner: str) -> QuerySet[ConsoleQuery]:
    """What a person ran, the newest first; each text once."""
    return ConsoleQuery.objects.filter(owner=owner, name="").order_by("-moment", "-id")


def named_queries() -> QuerySet[ConsoleQuery]:
    return ConsoleQuery.objects.exclude(name="").order_by("name")


def keep_last(owner: str, text: str, *, rows: int, milliseconds: int) -> ConsoleQuery:
    """Note what a person ran; `rows` is -1 for what failed. What is beyond the last ten goes."""
    with unit_of_work():
        mine = last_queries(owner)
        mine.filter(text=text).delete()
        kept = ConsoleQuery.objects.create(
            owner=owner, text=text, rows=rows, milliseconds=milliseconds, moment=timezone.now()
        )
        newest = list(mine.values_list("pk", flat=True)[:MOST_LAST])
        mine.exclude(pk__in=newest).delete()
    return kept


def keep_named(owner: str, name: str, text: str) -> None:
    """Give a text a name; that of an earlier one takes its place. Raises UnusableName."""
    name = name.strip()
    with unit_of_work():
        is_new = not ConsoleQuery.objects.filter(name=name).exists()
        if not name or len(name) > LONGEST_NAME or (is_new and named_queries().count() >= MOST_NAMED):
            raise UnusableName
        ConsoleQuery.objects.update_or_create(
            name=name, defaults={"owner": owner, "text": text, "moment": timezone.now()}
        )


def forget(owner: str, query_id: int) -> None:
    """Remove a named text, or one of the person's last ones; those of others stay."""
    found = ConsoleQuery.objects.filter(pk=query_id)
    (found.exclude(name="") | found.filter(owner=owner)).delete()
