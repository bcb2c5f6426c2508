"""Records over HTTP: `/api/collections/{collection}/records` and `.../records/{id}`."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse

from collections_app.events import (
    RecordRequestEvent,
    RecordsListEvent,
    record_view_request,
    records_list_request,
)
from collections_app.exposing.exposures import accepts_writes
from collections_app.records.querying.finding import view_record
from collections_app.records.reading.listing import list_records
from collections_app.records.reading.presenting import present
from collections_app.records.receivers import LISTING, VIEWING, require_pool_for_receivers
from collections_app.records.writing.creating import create_record
from collections_app.records.writing.deleting import delete_record
from collections_app.records.writing.updating import update_record
from collections_app.views.api_view import APIView, json_response, no_content, request_info
from collections_app.views.guards import require_records_of, require_writable
from collections_app.views.uploads import pending_uploads
from platform_app.hooks.event import Event
from platform_app.hooks.hook import Hook
from platform_app.requests.client_ip import real_ip
from platform_app.requests.held_answers import hold_answer
from platform_app.wire.errors import BadRequest


class RecordList(APIView):
    """The records that a requester may list, page by page; and new ones."""

    def get(self, request: HttpRequest, collection: str) -> Any:
        found = require_records_of(collection)
        info = request_info(request)
        require_pool_for_receivers(LISTING, found, info.query)
        page = list_records(found, info=info, params=info.query, client_ip=partial(real_ip, request))
        event = RecordsListEvent(info, found, page.records, page)

        def answer() -> dict[str, Any]:
            items = present(event.records, event.info, info.query.get("expand", ""))
            if page.delay_seconds:
                hold_answer(page.delay_seconds)
            return page.as_json(items)

        return _hooked(records_list_request, event, answer)

    def post(self, request: HttpRequest, collection: str) -> HttpResponse:
        found = require_writable(collection)
        info = request_info(request)
        created = create_record(found, info=info, uploads=pending_uploads(request))
        return _written(request, created)


class RecordView(APIView):
    """One record."""

    def get(self, request: HttpRequest, collection: str, record_id: str) -> Any:
        found = require_records_of(collection)
        info = request_info(request)
        require_pool_for_receivers(VIEWING, found, info.query)
        event = RecordRequestEvent(info, found, view_record(found, record_id, info=info))

        def answer() -> dict[str, Any]:
            return present([event.record], event.info, info.query.get("expand", ""))[0]

        return _hooked(record_view_request, event, answer)

    def patch(self, request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
        found = require_writable(collection)
        info = request_info(request)
        updated = update_record(found, record_id, info=info, uploads=pending_uploads(request))
        return _written(request, updated)

    def delete(self, request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
        found = require_records_of(collection)
        if not accepts_writes(found):
            raise BadRequest("Unsupported collection type.")
        is_deleted = delete_record(found, record_id, info=request_info(request))
        return no_content() if is_deleted else HttpResponse()


def _hooked(hook: Hook, event: Event, answer: Callable[[], dict[str, Any]]) -> Any:
    """The answer, within the hook; a receiver that stops the request leaves an empty one."""
    value = hook.trigger(event, answer)
    return HttpResponse() if value is None else value


def _written(request: HttpRequest, record: dict[str, Any] | None) -> HttpResponse:
    """The written record; a hook that stopped the request leaves an empty answer."""
    return HttpResponse() if record is None else json_response(request, record)
