"""The SQL console: it reads, unless somebody asks for writing and says so once more."""

from typing import Any

from django.contrib import admin, messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from admin_ui.acting import superuser_record
from admin_ui.answering import answering
from admin_ui.console.results import as_csv, table_of
from admin_ui.unlocking import problem_of_lock
from collections_app.catalog import catalog
from collections_app.views.collections import MAX_QUERY_BYTES
from platform_app.database.lanes import require_pool
from system_app.console.kept import (
    LONGEST_NAME,
    UnusableName,
    forget,
    keep_last,
    keep_named,
    last_queries,
    named_queries,
)
from system_app.console.reading import OnlyReads, explain_query, read_query
from system_app.console.sql_console import MAX_ROWS, QueryFailed, QueryResult, run_query
from system_app.models import ConsoleQuery

# Of the tables beside the editor; completion knows all.
_MOST_TABLES = 60
_MOST_NAMES = 30
_DIGITS = 18


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def sql_page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, _text_of_address(request))
    require_pool()
    query = _query(request)
    mode = "write" if request.POST.get("mode") == "write" else "read"
    if problem := _too_long(query):
        return _page(request, query, mode=mode, problem=problem)
    if "explain" in request.POST:
        return _explained(request, query, mode)
    if mode == "read" or "sort" in request.POST:
        return _read(request, query, mode)
    if "confirmed" not in request.POST:
        return _page(request, query, mode=mode, asks=True)
    if problem_of_lock(request):
        return _page(request, query, mode=mode, asks=True, is_locked=True)
    return _write(request, query)


@require_POST
@answering
def sql_csv(request: HttpRequest) -> HttpResponse:
    """The rows as a file: the text is read once more."""
    require_pool()
    query = _query(request)
    if problem := _too_long(query):
        return _page(request, query, problem=problem)
    try:
        result = read_query(query)
    except QueryFailed as error:
        return _page(request, query, problem=str(error))
    response = HttpResponse(as_csv(result), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="query.csv"'
    return response


@require_POST
@answering
def kept_queries(request: HttpRequest) -> HttpResponse:
    """Give a text a name, or forget one; the text in the editor stays what it is."""
    owner, query = _owner(request), _query(request)
    problem = _too_long(query)
    if forgotten := request.POST.get("forget", ""):
        if _is_id(forgotten):
            forget(owner, int(forgotten))
    elif query.strip() and not problem:
        try:
            keep_named(owner, request.POST.get("name", ""), query)
        except UnusableName:
            problem = gettext("Give the query a name of up to {most} characters.").format(most=LONGEST_NAME)
        else:
            messages.success(request, gettext("Saved for everybody."))
    return _page(request, query, name_problem=problem)


def _read(request: HttpRequest, query: str, mode: str) -> HttpResponse:
    try:
        result = read_query(query)
    except OnlyReads as error:
        return _failed(request, query, mode, str(error), would_write=True)
    except QueryFailed as error:
        return _failed(request, query, mode, str(error))
    _keep(request, query, result)
    return _page(request, query, mode=mode, result=result)


def _write(request: HttpRequest, query: str) -> HttpResponse:
    try:
        result = run_query(query)
    except QueryFailed as error:
        return _failed(request, query, "write", str(error))
    kept = _keep(request, query, result)
    if result.columns:
        return _page(request, query, mode="write", result=result)
    told = ngettext(
        "{count} row was changed, in {milliseconds} ms.",
        "{count} rows were changed, in {milliseconds} ms.",
        result.affected_rows,
    )
    messages.success(request, told.format(count=result.affected_rows, milliseconds=result.milliseconds))
    return HttpResponseRedirect(f"{reverse('admin:sql')}?kept={kept.pk}")


def _explained(request: HttpRequest, query: str, mode: str) -> HttpResponse:
    try:
        plan = explain_query(query)
    except QueryFailed as error:
        return _page(request, query, mode=mode, problem=str(error))
    return _page(request, query, mode=mode, plan=plan)


def _failed(
    request: HttpRequest, query: str, mode: str, problem: str, *, would_write: bool = False
) -> HttpResponse:
    keep_last(_owner(request), query, rows=-1, milliseconds=0)
    return _page(request, query, mode=mode, problem=problem, would_write=would_write)


def _keep(request: HttpRequest, query: str, result: QueryResult) -> ConsoleQuery:
    rows = len(result.rows) if result.columns else result.affected_rows
    return keep_last(_owner(request), query, rows=rows, milliseconds=result.milliseconds)


def _page(
    request: HttpRequest,
    query: str,
    *,
    result: QueryResult | None = None,
    mode: str = "read",
    **more: Any,
) -> HttpResponse:
    owner = _owner(request)
    table = table_of(result, request.POST.get("sort", "")) if result is not None and result.columns else None
    context = {
        **admin.site.each_context(request),
        "title": gettext("SQL console"),
        "query": query,
        "mode": mode,
        "result": result,
        "table": table,
        "is_full": result is not None and len(result.rows) >= MAX_ROWS,
        "most_rows": MAX_ROWS,
        "named": named_queries(),
        "last": last_queries(owner),
        "tables": _tables(),
        "longest_name": LONGEST_NAME,
        "is_postgresql": connection.vendor == "postgresql",
        "name": request.POST.get("name", ""),
        **more,
    }
    return render(request, "admin_ui/sql/console.html", context)


def _query(request: HttpRequest) -> str:
    return str(request.POST.get("query", "")).replace("\r\n", "\n")


def _too_long(query: str) -> str:
    """What is said to more than the API takes."""
    return gettext("The query is too long.") if len(query.encode()) > MAX_QUERY_BYTES else ""


def _text_of_address(request: HttpRequest) -> str:
    """A kept text that the address names, or what looks into a table."""
    kept, table = request.GET.get("kept", ""), request.GET.get("table", "")
    if _is_id(kept):
        found = (named_queries() | last_queries(_owner(request))).filter(pk=int(kept)).first()
        return found.text if found else ""
    is_known = any(collection.name == table for collection in catalog().collections)
    return f'SELECT *\nFROM "{table}"\nLIMIT 100' if is_known else ""


def _is_id(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= _DIGITS


def _owner(request: HttpRequest) -> str:
    return superuser_record(request).id


def _tables() -> list[tuple[str, str]]:
    """Collections and what they have."""
    collections = sorted(catalog().collections, key=lambda one: (one.system, one.name.lower()))
    return [
        (one.name, ", ".join(field.name for field in one.fields[:_MOST_NAMES]))
        for one in collections[:_MOST_TABLES]
    ]
