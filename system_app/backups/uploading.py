"""Backups that people bring along (contract/system.md 7).

Reference: apis/backup_upload.go, PocketBase v0.39.11.
"""

import logging
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.uploadedfile import UploadedFile

from collections_app.fields.file_names import stored_name
from collections_app.records.storage import NameRefused
from platform_app.wire.errors import BadRequest, ErrorTree, FieldError, required
from platform_app.wire.mime.sniffing import detect_mime_type
from platform_app.wire.mime.types import SNIFFED_BYTES
from system_app.backups.names import taken_file_name
from system_app.backups.places import ZIP, Place, backup_place

logger = logging.getLogger(__name__)

INVALID = "An error occurred while validating the submitted data."


def store_upload(file: "UploadedFile[Any] | None", name: str) -> None:
    """Keep an uploaded zip as a backup of this name. Raises BadRequest."""
    place = backup_place()
    if file is None:
        raise BadRequest(INVALID, {"file": required()})
    if errors := _errors(place, file, name):
        raise BadRequest(INVALID, errors)
    try:
        place.store(name, file)
    except (OSError, NameRefused, SuspiciousFileOperation, ValueError) as error:
        logger.warning("the backup %s was not stored: %s", name, error)
        raise BadRequest("Failed to upload backup.") from error


def _errors(place: Place, file: "UploadedFile[Any]", name: str) -> ErrorTree:
    head = file.read(SNIFFED_BYTES)
    file.seek(0)
    kind = detect_mime_type(head)
    if kind.name != ZIP:
        shown = stored_name(name, lambda: kind)
        message = f'"{shown}" mime type must be one of: {ZIP}.'
        return {"file": FieldError("validation_invalid_mime_type", message)}
    try:
        return taken_file_name() if place.exists(name) else {}
    except OSError:
        return taken_file_name()
