"""The uploads of a request as files that records can take."""

from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import HttpRequest

from collections_app.fields.file_names import PendingFile
from collections_app.records.uploads import NO_FORM, Uploads
from platform_app.requests.body import has_body, uploads
from platform_app.wire.form_files import FormFile


def pending_uploads(request: HttpRequest) -> Uploads:
    """The uploads by part name, under the names that they will be stored as; or NO_FORM."""
    content_type = request.META.get("CONTENT_TYPE") or ""
    if not content_type.startswith("multipart/form-data"):
        return {}
    if not has_body(request):
        return NO_FORM
    return {name: [pending_upload(file) for file in files] for name, files in uploads(request).items()}


def pending_upload(file: "UploadedFile[Any]") -> PendingFile:
    """One of them, however it came."""
    size, name = file.size or 0, getattr(file, "original_name", None) or file.name or ""
    if isinstance(file, FormFile):
        return PendingFile.of(name, size, file.reader)
    if isinstance(file, TemporaryUploadedFile):
        path = file.temporary_file_path()
        return PendingFile.of(name, size, lambda: open(path, "rb"))  # noqa: PTH123
    file.seek(0)
    return PendingFile.from_bytes(name, file.read())
