"""Records over HTTP: `/api/collections/{collection}/records` and `.../records/{id}`."""

import time
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse

from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.database import require_pool
from collections_app.errors import BadRequest, NotFound
from collections_app.records.creating import create_record
from collections_app.records.deleting import delete_record
from collections_app.records.listing import list_records
from collections_app.records.presenting import present
from collections_app.records.updating import update_record
from collections_app.records.viewing import view_record
from collections_app.views.api_view import APIView, json_response, no_content, request_info
from collections_app.views.uploads import pending_uploads
from system_app.client_ip import real_ip


def collection_of(name_or_id: str) -> Collection:
    """The collection in the path. Raises NotFound."""
    collection = find_collection(name_or_id)
    if collection is None:
        raise NotFound("Missing collection context.")
    return collection


def written_collection_of(name_or_id: str) -> Collection:
    """As `collection_of`, in the words of the body limit, which looks first for creates and updates."""
    collection = find_collection(name_or_id)
    if collection is None:
        raise NotFound("Missing or invalid collection context.")
    if collection.is_view:
        raise BadRequest("Unsupported collection type.")
    return collection


class RecordList(APIView):
    """The records that a requester may list, page by page; and new ones."""

    def get(self, request: HttpRequest, collection: str) -> dict[str, Any]:
        found = collection_of(collection)
        info = request_info(request)
        page = list_records(found, info=info, params=info.query, client_ip=partial(real_ip, request))
        items = present(page.records, info, info.query.get("expand", ""))
        if page.delay_seconds:
            require_pool()
            time.sleep(page.delay_seconds)
        return page.as_json(items)

    def post(self, request: HttpRequest, collection: str) -> HttpResponse:
        found = written_collection_of(collection)
        info = request_info(request)
        created = create_record(found, info=info, uploads=pending_uploads(request))
        return _written(request, created)


class RecordView(APIView):
    """One record."""

    def get(self, request: HttpRequest, collection: str, record_id: str) -> dict[str, Any]:
        found = collection_of(collection)
        info = request_info(request)
        record = view_record(found, record_id, info=info)
        return present([record], info, info.query.get("expand", ""))[0]

    def patch(self, request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
        found = written_collection_of(collection)
        info = request_info(request)
        updated = update_record(found, record_id, info=info, uploads=pending_uploads(request))
        return _written(request, updated)

    def delete(self, request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
        found = collection_of(collection)
        if found.is_view:
            raise BadRequest("Unsupported collection type.")
        delete_record(found, record_id, info=request_info(request))
        return no_content()


def _written(request: HttpRequest, record: dict[str, Any] | None) -> HttpResponse:
    """The written record; a hook that stopped the request leaves an empty answer."""
    return HttpResponse() if record is None else json_response(request, record)
