"""All that a list's filter leaves, or the selected records of it, as a file that is made while it is sent.

The ids are gathered first, in a file where they are many; then the records are read some hundred at a time.
So the memory is bounded, nothing comes twice or is left out while others write, and the order is the list's.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from admin_ui.acting import acting_info
from admin_ui.lists.formats import CONTENT_TYPES, Format, exported_names, written
from admin_ui.records.listing import Place
from collections_app.collection import Collection
from collections_app.events import RecordsListEvent, records_list_request
from collections_app.records.querying.finding import find_records
from collections_app.records.reading.listing import Page, list_records, listed_ids, take_ids
from collections_app.records.reading.presenting import Json, present
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from platform_app.wire.json_decoding import decode_json
from platform_app.wire.json_encoding import encode

BATCH = 200
_VIEW_BATCH = 1000
# Of ids, in memory.
_MOST_BYTES = 1024 * 1024


def export(
    request: HttpRequest,
    place: Place,
    format_: Format,
    *,
    names: Sequence[str] = (),
    ids: Sequence[str] | None = None,
) -> StreamingHttpResponse:
    """The file as an answer. `names` are the fields that it has, all where there are none.

    `ids` are the records, all of the place's filter where that is None. Raises BadRequest for a filter that
    cannot be used.
    """
    collection = place.collection
    info = acting_info(request, query=place.params)
    if ids is not None:
        left = listed_ids(collection, ids, info=info, params={})
        wanted = [record_id for record_id in ids if record_id in left]
        batches = iter([_presented(collection, info, find_records(collection, wanted))])
    elif collection.is_view:
        list_records(collection, info=info, params={**place.params, "page": "1", "perPage": "1"})
        batches = _pages(place, info)
    else:
        batches = _gathered_batches(collection, info, _gathered_ids(place, info))
    seen = exported_names(collection, with_hidden=info.is_above_rules("view", collection))
    chosen = tuple(name for name in seen if not names or name in names)
    response = StreamingHttpResponse(written(format_, chosen, batches), content_type=CONTENT_TYPES[format_])
    name = f"{collection.name}-{timezone.now():%Y-%m-%d}.{format_}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response["Cache-Control"] = "no-store"
    return response


def _gathered_ids(place: Place, info: RequestInfo) -> IO[bytes]:
    """A line for each batch, with its ids as JSON."""
    gathered: IO[bytes] = SpooledTemporaryFile(_MOST_BYTES)  # noqa: SIM115 - closed by who reads it

    def take(ids: Iterable[str]) -> None:
        while some := list(islice(ids, BATCH)):
            gathered.write(encode(some) + b"\n")

    try:
        take_ids(place.collection, lambda ids: take(iter(ids)), info=info, params=place.params)
    except BaseException:
        gathered.close()
        raise
    gathered.seek(0)
    return gathered


def _gathered_batches(collection: Collection, info: RequestInfo, gathered: IO[bytes]) -> Iterator[list[Json]]:
    with gathered:
        for line in gathered:
            yield _presented(collection, info, find_records(collection, decode_json(line)))


def _pages(place: Place, info: RequestInfo) -> Iterator[list[Json]]:
    """The records of a view, which has to be asked as a whole for each page."""
    number, is_full = 1, True
    while is_full:
        params = {**place.params, "page": str(number), "perPage": str(_VIEW_BATCH)}
        records = list_records(place.collection, info=info, params=params).records
        yield _presented(place.collection, info, records)
        is_full = len(records) == _VIEW_BATCH
        number += 1


def _presented(collection: Collection, info: RequestInfo, records: list[Record]) -> list[Json]:
    """As the API lists them: a hook may hide some."""
    if not records:
        return []
    page = Page(records, page=1, per_page=len(records), total_items=-1, total_pages=-1)
    event = RecordsListEvent(info, collection, records, page)
    found: list[Json] | None = records_list_request.trigger(event, lambda: present(event.records, event.info))
    return found or []
