"""The log: a list that stays as it was loaded, its chart, entries on a sheet, downloads, emptying it."""

import re
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_ui.answering import answering
from admin_ui.charts import steps
from admin_ui.logs.charting import axis_of, plot_of
from admin_ui.logs.facts import lines_of, people_of, sheet_facts
from admin_ui.logs.place import PERIODS, STATUSES, LogPlace
from admin_ui.preferences import keep
from admin_ui.pretty_json import pretty_json
from admin_ui.quoting import quoted
from platform_app.database.lanes import OutOfTime, require_pool
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import NotFound, sentenize
from system_app.logs.browsing import (
    LEVELS,
    Timeline,
    count_entries,
    entries_before,
    entries_behind,
    entries_of,
    newest_row,
    timeline,
)
from system_app.logs.endpoints import measure
from system_app.logs.retention import delete_everything
from system_app.logs.tail import UnusableFilter

PER_PAGE = 50
# What is fetched at a time while new entries are followed: nobody reads more.
MOST_NEW = 100
MOST_SELECTED = 1000
_MOST_ENDPOINTS = 100
_MOST_SLOW = 10
_PART = "HTTP_X_PART"
_COLUMNS = {"id": "text", "created": "date", "level": "number", "message": "text", "data": "json"}
_USUAL = ("data.auth", "data.authId", "data.error", "data.execTime", "data.method", "data.status", "data.url")
_NAME = re.compile(r"\w{1,60}", re.ASCII)
_MOST_LOOKED_AT = 100
_MOST_NAMES = 30
_SUPERUSERS = "log_superusers"


@require_safe
@answering
def logs_page(request: HttpRequest) -> HttpResponse:
    place = _place(request)
    if request.META.get(_PART) == "rows":
        response = _new_rows(request, place)
    else:
        response = render(request, "admin_ui/logs/list.html", _list_context(request, place))
    if "superusers" in request.GET:
        keep(response, _SUPERUSERS, "1" if place.has_superusers else "0", path=reverse("admin:logs"))
    patch_vary_headers(response, ["X-Part"])
    return response


@require_safe
@answering
def log_page(request: HttpRequest, log_id: str) -> HttpResponse:
    """One entry beside the list; alone for links that ask for it."""
    found = entries_of([log_id])
    if not found:
        raise NotFound
    item = found[0].item
    place = _place(request)
    context = {
        "place": place,
        "item": item,
        "facts": sheet_facts(item, people_of(request, found)),
        "line": lines_of(request, found, place)[0],
        "like": _like(item, place),
        "current_id": log_id,
    }
    if request.META.get(_PART) == "panel":
        response = render(request, "admin_ui/logs/panel_alone.html", context)
    else:
        response = render(
            request, "admin_ui/logs/list.html", {**_list_context(request, place), **context, "panel": True}
        )
    patch_vary_headers(response, ["X-Part"])
    return response


@require_safe
@answering
def logs_chart(request: HttpRequest) -> HttpResponse:
    """What `plot.js` draws, and how many entries there are of each level."""
    place = _place(request)
    try:
        found = timeline(place.filter(of_all_levels=True), place.within)
    except UnusableFilter as error:
        return JsonResponse({"problem": sentenize(str(error))}, status=400)
    totals = {level: found.total(level) for level in LEVELS}
    told = {**plot_of(found, place.level), "totals": {"": found.total(), **totals}, "kept": count_entries()}
    return JsonResponse(told)


@require_safe
@answering
def log_json(request: HttpRequest, log_id: str) -> HttpResponse:
    found = entries_of([log_id])
    if not found:
        raise NotFound
    created = "".join(filter(str.isdigit, found[0].item["created"]))
    return _download(found[0].item, f"log_{created}.json")


@require_safe
@answering
def log_names(request: HttpRequest) -> HttpResponse:
    """What a filter may name, for the editor: columns, and what the newest entries have in their data."""
    word = request.GET.get("word", "").lower()
    seen = {
        f"data.{key}"
        for entry in entries_before("", None, _MOST_LOOKED_AT)
        for key in entry.item["data"]
        if _NAME.fullmatch(key)
    }
    names = [*_COLUMNS, *sorted({*_USUAL, *seen})]
    found = sorted(
        (name for name in names if word in name.lower()), key=lambda name: not name.startswith(word)
    )
    options = [
        {"name": name, "detail": _COLUMNS.get(name, ""), "icon": "", "goes_on": False}
        for name in found[:_MOST_NAMES]
    ]
    return JsonResponse({"options": options})


@require_POST
@answering
def logs_json(request: HttpRequest) -> HttpResponse:
    """The selected entries as a file."""
    ids = list(dict.fromkeys(request.POST.getlist("ids")))[:MOST_SELECTED]
    return _download([entry.item for entry in entries_of(ids)], f"{len(ids)}_logs.json")


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def purge_page(request: HttpRequest) -> HttpResponse:
    """Asks, and empties the log."""
    if request.method == "POST":
        require_pool()
        delete_everything()
        messages.success(request, gettext("The log is empty."))
        return HttpResponseRedirect(reverse("admin:logs"))
    context = {
        **admin.site.each_context(request),
        "title": gettext("Empty the log"),
        "count": count_entries(),
    }
    return render(request, "admin_ui/logs/purge.html", context)


@require_safe
@answering
def endpoints_page(request: HttpRequest) -> HttpResponse:
    """What the newest requests took, by endpoint, and the slowest of them."""
    place = _place(request)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": gettext("Endpoints"),
        "place": place,
        "periods": _periods(place),
    }
    try:
        measured = measure(place.filter(), place.within, most_endpoints=_MOST_ENDPOINTS, most_slow=_MOST_SLOW)
    except (UnusableFilter, OutOfTime) as error:
        context["problem"] = sentenize(str(error))
    else:
        context |= {"measured": measured, "slowest": lines_of(request, measured.slowest, place)}
    return render(request, "admin_ui/logs/endpoints.html", context)


def _place(request: HttpRequest) -> LogPlace:
    return LogPlace.read(request.GET, has_superusers=request.COOKIES.get(_SUPERUSERS) == "1")


def _list_context(request: HttpRequest, place: LogPlace) -> dict[str, Any]:
    """`problem` says what is wrong with the filter; there are no rows then."""
    context = {
        **admin.site.each_context(request),
        "title": gettext("Logs"),
        "place": place,
        "levels": [(level, place.with_(level=level).address) for level in ("", *LEVELS)],
        "statuses": [(status, place.with_(status=status).address) for status in ("", *STATUSES)],
        "periods": _periods(place),
        "without_filter": place.with_(said="").address,
        "kept_days": current().logs.max_days,
        "newest_row": newest_row(),
        "settings_address": _settings_address(),
    }
    try:
        # One more tells whether there are older ones.
        entries = entries_before(place.filter(), place.before, PER_PAGE + 1, within=place.within)
        if "chart" in request.GET:
            context["chart"] = _drawn(timeline(place.filter(of_all_levels=True), place.within), place.level)
    except (UnusableFilter, OutOfTime) as error:
        return {**context, "problem": sentenize(str(error)), "lines": []}
    shown = entries[:PER_PAGE]
    has_older = len(entries) > PER_PAGE
    return {
        **context,
        "lines": lines_of(request, shown, place),
        "older": place.older_than(shown[-1].row) if has_older else "",
    }


def _settings_address() -> str:
    try:
        return reverse("admin:settings_logs")
    except NoReverseMatch:
        return ""


def _new_rows(request: HttpRequest, place: LogPlace) -> HttpResponse:
    """What was written behind the row that the page knows, for who follows it."""
    behind = request.GET.get("behind", "")
    row = int(behind) if behind.isdecimal() and behind.isascii() and len(behind) < 19 else 0
    newest = newest_row()
    try:
        entries = entries_behind(place.filter(), row, MOST_NEW)
    except UnusableFilter:
        entries = []
    context = {
        "lines": lines_of(request, entries, place),
        "newest_row": max(newest, entries[0].row if entries else 0),
        "has_gap": len(entries) == MOST_NEW,
    }
    return render(request, "admin_ui/logs/rows.html", context)


def _periods(place: LogPlace) -> list[tuple[str, str, str]]:
    """Name, words and address of each."""
    words = {
        "": gettext("All time"),
        "1h": gettext("Last hour"),
        "24h": gettext("Last 24 hours"),
        "7d": gettext("Last 7 days"),
    }
    return [
        (name, words[name], place.with_(period=name, since=None, until=None).query) for name in ("", *PERIODS)
    ]


def _like(item: dict[str, Any], place: LogPlace) -> list[tuple[str, str]]:
    """Links to entries that have something in common with one: words and address."""
    data = item["data"]
    url, person, error = data.get("url"), data.get("authId"), data.get("error")
    found = []
    if isinstance(url, str) and isinstance(data.get("method"), str):
        path = url.partition("?")[0]
        said = f"data.method = {quoted(data['method'])} && data.url ~ {quoted(path + '%')}"
        found.append((gettext("Same address"), said))
    if isinstance(person, str) and person:
        found.append((gettext("Same person"), f"data.authId = {quoted(person)}"))
    if isinstance(error, str) and error:
        found.append((gettext("Same error"), f"data.error = {quoted(error)}"))
    return [(words, place.with_(said=said, level="", status="").address) for words, said in found]


def _drawn(found: Timeline, level: str) -> dict[str, Any]:
    """The chart for who has no scripts, drawn here."""
    plot = plot_of(found, level)
    values = plot["series"][0]["values"]
    bad = plot["series"][-1]["values"]
    return {"drawn": steps(values, bad) if values else None, "axis": axis_of(found), "total": sum(values)}


def _download(content: Any, name: str) -> HttpResponse:
    response = HttpResponse(pretty_json(content), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
