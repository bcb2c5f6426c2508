"""Files from addresses that strangers name: bounded in time and size, and not from inside the network.

Reference: contract/auth.md 10.1; apis/record_auth_with_oauth2.go (safeFileFromURL), PocketBase v0.39.11.
"""

from django.conf import settings

from collections_app.fields.file_names import PendingFile
from platform_app.outgoing.answer import RequestFailed
from platform_app.outgoing.public_addresses import is_public


class DownloadFailed(Exception):
    """There is no file to be had there, or nobody may have it; for logs."""


def download(url: str, *, most_bytes: int, seconds: float) -> PendingFile:
    """The file at an http or https URL, under the last part of it as its name; waits for it.

    It comes from a public address, however often it is redirected, unless JOEY_PRIVATE_ADDRESSES is set.
    Raises DownloadFailed.
    """
    # Imported late: few processes ever download anything, and it takes a while to load.
    from platform_app.outgoing.bounded_client import BoundedClient

    is_allowed = None if settings.JOEY_PRIVATE_ADDRESSES else is_public
    try:
        with BoundedClient(
            seconds=seconds, most_bytes=most_bytes, is_allowed=is_allowed, follows_anywhere=True
        ) as client:
            answer = client.send("GET", url)
    except RequestFailed as error:
        raise DownloadFailed(str(error)) from error
    if not 200 <= answer.status < 400:
        raise DownloadFailed(f"{url[:200]!r} answers with {answer.status}")
    return PendingFile.from_bytes(url.rstrip("/").rpartition("/")[2], answer.body)
