"""Reading records over HTTP: `GET /api/collections/{collection}/records` and `.../records/{id}`."""

import time
from functools import partial
from typing import Any

from django.http import HttpRequest

from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.database import require_pool
from collections_app.errors import NotFound
from collections_app.records.listing import list_records
from collections_app.records.presenting import present
from collections_app.records.viewing import view_record
from collections_app.views.api_view import APIView, request_info
from system_app.client_ip import real_ip


def collection_of(name_or_id: str) -> Collection:
    """The collection in the path. Raises NotFound."""
    collection = find_collection(name_or_id)
    if collection is None:
        raise NotFound("Missing collection context.")
    return collection


class RecordList(APIView):
    """The records that a requester may list, page by page."""

    def get(self, request: HttpRequest, collection: str) -> dict[str, Any]:
        found = collection_of(collection)
        info = request_info(request)
        page = list_records(found, info=info, params=info.query, client_ip=partial(real_ip, request))
        items = present(page.records, info, info.query.get("expand", ""))
        if page.delay_seconds:
            require_pool()
            time.sleep(page.delay_seconds)
        return page.as_json(items)


class RecordView(APIView):
    """One record."""

    def get(self, request: HttpRequest, collection: str, record_id: str) -> dict[str, Any]:
        found = collection_of(collection)
        info = request_info(request)
        record = view_record(found, record_id, info=info)
        return present([record], info, info.query.get("expand", ""))[0]
