"""Home: how it goes. Errors and requests of the last day, the newest backup, waiting jobs, and checks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_q.models import OrmQ

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.charts import Steps, short_number, steps
from admin_ui.staff.members import member_of
from collections_app.catalog import catalog
from collections_app.records.reading.listing import list_records
from platform_app.database.dates import as_stored
from platform_app.database.lanes import check_time
from platform_app.database.routers import log_database
from platform_app.wire.errors import BadRequest
from system_app.backups.places import Backup, backup_place
from system_app.doctor import examine
from system_app.logs.levels import ERROR
from system_app.logs.listing import list_logs, log_stats

_HOURS = 24
# The newest errors, of which those with one message are told once.
_NEWEST_ERRORS = 200
_MOST_ERRORS = 5
_TICKS_EVERY = 4


@dataclass(frozen=True)
class Trouble:
    """What went wrong, how often among the newest errors, and when it last did."""

    message: str
    detail: str
    count: int
    last: str


@require_safe
@answering
def home(request: HttpRequest) -> HttpResponse:
    """The page at once, and what takes its time with it only for whoever asks, as those without scripts."""
    context = {
        **admin.site.each_context(request),
        "title": _("Home"),
        "is_staff": member_of(request) is not None,
        "engine": "SQLite" if connection.vendor == "sqlite" else "PostgreSQL",
        "collection_count": len(catalog().collections),
        "figures": _figures(request) if "figures" in request.GET and member_of(request) is None else None,
    }
    return render(request, "admin_ui/home.html", context)


@require_safe
@answering
def home_figures(request: HttpRequest) -> HttpResponse:
    """The part of the page that counts, looks into the log, and examines as `doctor` does."""
    return render(request, "admin_ui/home_figures.html", {"figures": _figures(request)})


def _figures(request: HttpRequest) -> dict[str, Any]:
    findings = list(examine())
    return {
        **_records(request),
        **_day(datetime.now(UTC)),
        **_backups(),
        **_jobs(),
        "attention": [finding for finding in findings if finding.kind],
        "fine": sum(not finding.kind for finding in findings),
    }


def _records(request: HttpRequest) -> dict[str, int]:
    info = acting_info(request)
    params = {"perPage": "1"}
    records = users = 0
    for collection in catalog().collections:
        check_time()
        if collection.is_view or collection.system:
            continue
        total = list_records(collection, info=info, params=params).total_items
        records += total
        users += total if collection.is_auth else 0
    return {"records": records, "users": users}


def _day(now: datetime) -> dict[str, Any]:
    """Requests and errors of the last 24 hours, by the hour that each began in."""
    hours = [now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=at) for at in range(_HOURS)][
        ::-1
    ]
    since = f'created >= "{as_stored(hours[0])}"'
    failed = f"{since} && level >= {ERROR}"
    try:
        all_ = _by_hour(f'{since} && data.type = "request"', hours)
        bad = _by_hour(failed, hours)
        newest = list_logs(
            {"filter": failed, "perPage": str(_NEWEST_ERRORS), "skipTotal": "1", "sort": "-@rowid"}
        )
    except (BadRequest, DatabaseError):
        return {"has_logs": False}
    chart: Steps = steps(all_, bad)
    return {
        "has_logs": True,
        "requests": short_number(sum(all_)),
        "errors": sum(bad),
        "chart": chart,
        "hours": [f"{hour:%H}:00" for hour in (*hours, now + timedelta(hours=1))][::_TICKS_EVERY],
        "troubles": _troubles(newest["items"]),
    }


def _by_hour(filter_text: str, hours: Sequence[datetime]) -> list[int]:
    totals = {stat["date"][:13]: stat["total"] for stat in log_stats(filter_text)}
    return [totals.get(f"{hour:%Y-%m-%d %H}", 0) for hour in hours]


def _troubles(entries: list[dict[str, Any]]) -> list[Trouble]:
    counts = Counter(entry["message"] for entry in entries)
    newest: dict[str, dict[str, Any]] = {}
    for entry in entries:
        newest.setdefault(entry["message"], entry)
    return [
        Trouble(message, _detail(newest[message]["data"]), count, newest[message]["created"])
        for message, count in counts.most_common(_MOST_ERRORS)
    ]


def _detail(data: Any) -> str:
    said = [data.get("status"), data.get("error")] if isinstance(data, dict) else []
    return " · ".join(str(one)[:200] for one in said if one)


def _backups() -> dict[str, Any]:
    """A bucket is not asked: the page would wait for somebody else's server."""
    try:
        place = backup_place()
        if place.is_remote:
            return {"backups_are_remote": True}
        newest: Backup | None = max(place.list(), key=lambda one: one.modified, default=None)
    except OSError:
        return {"backups_failed": True}
    return {"newest_backup": newest}


def _jobs() -> dict[str, Any]:
    """An entry that is being done is locked until it has had its time."""
    queue = OrmQ.objects.using(log_database())
    now = timezone.now()
    return {
        "waiting_jobs": queue.filter(lock__lt=now).count(),
        "running_jobs": queue.filter(lock__gte=now).count(),
    }
