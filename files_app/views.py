"""Files over HTTP: `/api/files/{collection}/{record_id}/{name}`."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from collections_app.records.record import Record
from collections_app.records.storage import RecordStorage, record_storage
from collections_app.views.api_view import APIView, request_info_for_hooks
from collections_app.views.guards import require_collection
from files_app.events import FileDownloadEvent, file_download_request
from files_app.finding import find_file, may_read, stored_path
from files_app.nearness import reading
from files_app.serving import file_answer, wish_of
from files_app.thumbs import ThumbFailed, is_allowed, thumb_of
from platform_app.requests.exchange import taking_headers
from platform_app.wire.errors import NotFound

logger = logging.getLogger(__name__)

# Of a size that a client asks for, in messages.
_SHOWN_SIZE = 20

# Whom a file token stands for, None for one that is not valid: (request, token)
FindReader = Callable[[HttpRequest, str], Record | None]


def nobody(request: HttpRequest, token: str) -> Record | None:
    """Knows no tokens."""
    return None


class StoredFileView(APIView):
    """One file; `find_reader` says whose token asks for it, whoever names the route sets it."""

    find_reader: FindReader = staticmethod(nobody)

    def get(self, request: HttpRequest, collection: str, record_id: str, name: str) -> HttpResponseBase:
        found = require_collection(collection)
        file = find_file(found, record_id, name)
        info = request_info_for_hooks(request)
        query = info.query
        if file.field.protected:
            # The token in the address counts alone, whoever the Authorization header stands for.
            reader = self.find_reader(request, query.get("token", ""))
            if not may_read(file, replace(info, context="protectedFile", auth=reader)):
                raise NotFound
        storage = record_storage()
        event = FileDownloadEvent(info, found, file.record, file.field, stored_path(file), name)
        _choose_thumb(event, storage, query.get("thumb", ""))
        wish = wish_of(request, query)

        def answer() -> HttpResponseBase:
            with taking_headers(request) as headers, reading(), _missing_as_not_found(event.served_path):
                return file_answer(storage, event.served_path, event.served_name, wish=wish, headers=headers)

        answered: HttpResponseBase | None = file_download_request.trigger(event, answer)
        return HttpResponse() if answered is None else answered


@contextmanager
def _missing_as_not_found(path: str) -> Iterator[None]:
    """To the client a storage that fails is one without the file, as in the reference; the log knows why."""
    try:
        yield
    except OSError as error:
        if not isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
            logger.warning("the file %s cannot be served: %s", path, error)
        raise NotFound from error
    except SuspiciousFileOperation as error:
        raise NotFound from error


def _choose_thumb(event: FileDownloadEvent, storage: RecordStorage, size: str) -> None:
    """Have a thumb of this size served, "" for none, or say why there is none. Raises NotFound."""
    if not size:
        return
    path = event.served_path
    try:
        if not is_allowed(event.file_field, size):
            raise ThumbFailed(f"{path}: thumbs of {size[:_SHOWN_SIZE]!r} are not made of this field's files")
        with _missing_as_not_found(path):
            source = storage.attributes(path)
        event.served_path = thumb_of(storage, path, size, source)
    except ThumbFailed as error:
        logger.info("the file itself is served: %s", error)
        event.thumb_error = error
    else:
        event.served_name = f"{size}_{event.served_name}"
