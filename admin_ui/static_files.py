"""The static files of the dashboard: found in the installed apps, kept by browsers while they stay the same.

The address that a page gives a file names the version of its content, so that a browser may keep it without
asking; at any other address it asks whether it is still the same. Nothing has to be collected, or compressed,
beforehand.
"""

import hashlib
import os
import posixpath
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponseBase

from system_app.site.sending import file_response, open_file

# Two weeks, and a day more while it asks anew: PocketBase's of its dashboard.
KEPT = "max-age=1209600, stale-while-revalidate=86400"
ASKED_FOR = "no-cache"
_VERSION_CHARACTERS = 12


class VersionedStorage(StaticFilesStorage):
    """Django's storage of static files, whose addresses name the version of the content: `base.css?v=...`."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        path = _found(name or "")
        version = _version_at(path) if path else ""
        return f"{address}?v={version}" if version else address


def static_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """`GET /_/static/...`; raises Http404."""
    found = _found(path)
    file = open_file(found) if found and request.method in {"GET", "HEAD"} else None
    if file is None or found is None:
        raise Http404
    return file_response(file, request, caching=caching_of(request, _version_at(found)), compresses=True)


def caching_of(request: HttpRequest, version: str) -> str:
    """The Cache-Control of something in this version: to be kept only if the address asked for just that."""
    return KEPT if version and request.GET.get("v") == version else ASKED_FOR


def version_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_VERSION_CHARACTERS]


def _found(name: str) -> str | None:
    """Where a static file is, None for what no app has."""
    if "\0" in name:
        return None
    try:
        found = finders.find(posixpath.normpath(name).lstrip("/"))
    except (SuspiciousFileOperation, OSError):
        return None
    return found if isinstance(found, str) else None


def _version_at(path: str) -> str:
    """ "" for what is no file."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - its numbers are the key
        return _version(path, stat.st_mtime_ns, stat.st_size)
    except OSError:
        return ""


@lru_cache(maxsize=1000)
def _version(path: str, modified_ns: int, size_bytes: int) -> str:
    return version_of(Path(path).read_bytes())
