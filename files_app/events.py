"""The hooks around serving files (contract/hooks.md 3)."""

from dataclasses import dataclass

from django.http import HttpResponseBase

from collections_app.events import RequestEvent
from collections_app.fields.file_field import FileField
from collections_app.records.record import Record
from platform_app.hooks.hook import Hook


@dataclass
class FileDownloadEvent(RequestEvent):
    """A file about to be sent; receivers may set another path in the storage, or another name.

    `thumb_error` says why the original is sent instead of the thumb that was asked for. What receivers put
    into `headers` comes before what the server would say itself; a stored file's own ETag is looked at, too.
    """

    record: Record
    file_field: FileField
    served_path: str
    served_name: str
    thumb_error: Exception | None = None

    def answer(self, response: HttpResponseBase) -> None:
        # As of a file: other sites may show it in a frame, unless its own header says no.
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
        super().answer(response)


@dataclass
class FileTokenEvent(RequestEvent):
    """A token for protected files, made for the signed-in record; receivers may set another one."""

    record: Record
    token: str


file_download_request = Hook(tagged=True)
file_token_request = Hook(tagged=True)
