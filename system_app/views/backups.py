"""`/api/backups`: superusers make, fetch, upload, delete and restore backups (contract/system.md 7).

Reference: apis/backup.go, apis/backup_create.go, apis/backup_upload.go, PocketBase v0.39.11.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import ResponseHeaders

from auth_app.views.file_tokens import reader_of
from collections_app.system_names import SUPERUSERS
from collections_app.views.api_view import APIView, no_content
from collections_app.views.guards import require_superuser
from files_app.preconditions import conditions_of
from files_app.serving import Wish, file_answer
from platform_app.database.dates import as_stored
from platform_app.requests.body import query_values, uploads
from platform_app.requests.struct_body import LOADING_FAILED, bind
from platform_app.wire.casting import is_bool_text, parse_bool
from platform_app.wire.errors import (
    ApiError,
    BadRequest,
    Forbidden,
    NotFound,
)
from system_app.backups.asking import ask_for_backup, ask_for_restore, delete_backup, require_turn
from system_app.backups.places import backup_place
from system_app.backups.uploading import store_upload

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NewBackup:
    """The body of a request for a backup."""

    name: str


class Backups(APIView):
    """All backups, and a new one."""

    def get(self, request: HttpRequest) -> list[dict[str, Any]]:
        require_superuser(request)
        try:
            found = list(backup_place().list())
        except OSError as error:
            raise BadRequest(f"Failed to retrieve backup items. Raw error: \n{error}") from error
        return [
            {"modified": as_stored(one.modified), "key": one.key, "size": one.size_bytes} for one in found
        ]

    def post(self, request: HttpRequest) -> HttpResponse:
        require_superuser(request)
        require_turn()
        try:
            name = bind(request, NewBackup).name
        except BadRequest as error:
            raise BadRequest(LOADING_FAILED) from error
        _wait_for(ask_for_backup(name))
        return no_content()


class BackupFile(APIView):
    def get(self, request: HttpRequest, key: str) -> HttpResponseBase:
        query = query_values(request)
        # The token in the address counts alone, whoever the Authorization header stands for.
        reader = reader_of(request, query.get("token", ""))
        if reader is None or reader.collection.name != SUPERUSERS:
            raise Forbidden("Insufficient permissions to access the resource.")
        download = query.get("download", "")
        wish = Wish(
            is_head=request.method == "HEAD",
            is_download=is_bool_text(download) and parse_bool(download),
            conditions=conditions_of(request),
        )
        with _missing_as_not_found(key):
            place = backup_place()
            with place.asked_for(key):
                answer = file_answer(place.storage, key, key, wish=wish, headers=ResponseHeaders({}))
        # Unlike other files, no site shows a backup in a frame.
        answer.xframe_options_exempt = False  # type: ignore[attr-defined]
        return answer

    def delete(self, request: HttpRequest, key: str) -> HttpResponse:
        require_superuser(request)
        delete_backup(key)
        return no_content()


class BackupUpload(BackupFile):
    """An upload; to other methods than POST the address is that of a backup."""

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        require_superuser(request)
        file = _uploaded(request)
        store_upload(file, getattr(file, "original_name", ""))
        return no_content()


class BackupRestore(APIView):
    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        require_superuser(request)
        ask_for_restore(key)
        return no_content()


def _wait_for(job: "Future[Any]") -> None:
    """Wait on this thread until the backup is made; the client may leave, and it is made all the same."""
    try:
        job.result()
    except Exception as error:
        raise BadRequest("Failed to create backup.") from error


def _uploaded(request: HttpRequest) -> "UploadedFile[Any] | None":
    """The file of the form; None for a body that is no form, or has none."""
    try:
        files = uploads(request).get("file", [])
    except ApiError:
        return None
    return files[0] if files else None


@contextmanager
def _missing_as_not_found(key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not isinstance(error, FileNotFoundError | IsADirectoryError):
            logger.warning("the backup %s cannot be served: %s", key, error)
        raise NotFound from error
