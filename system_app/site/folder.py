"""A folder of static files over HTTP: `pb_public`, and what extensions of the dashboard bring along.

A path is looked up below the folder after it was tidied, and one that leads out of it has nothing. Links are
followed wherever they lead: who may put files into the folder decides what is in it.
By the path of records' files, and not by whitenoise: that keeps a list of what was there at the start, or walks
through it with every request, and knows no zero-copy.
Reference: contract/system.md 16; apis/base.go (Static), tools/router/event.go (FileFS), PocketBase v0.39.11.
"""

import errno
import logging
import os
import posixpath
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import IO
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import ResponseHeaders

from files_app.preconditions import conditions_of
from files_app.serving import Parts, Wish, sent, wanted_parts
from platform_app.database.lanes import require_pool
from platform_app.requests.activity import skip_success_log
from platform_app.wire.errors import NotFound
from platform_app.wire.mime.types import SNIFFED_BYTES
from system_app.middleware.path_cleaner import SLASH_IN_SEGMENT
from system_app.site.content_types import type_by_content, type_by_name

logger = logging.getLogger(__name__)

INDEX = "index.html"
# What paths of one segment may hold as they are (RFC 3986 3.3).
_UNQUOTED = "/:@!$&'()*+,;=~"
# Nothing is at such a path, as far as visitors are concerned.
_NOTHING = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG}
)


@dataclass(frozen=True)
class Folder:
    """Where static files are; with `has_fallback` the index page stands for what is not there."""

    root: Path
    has_fallback: bool = False

    def answer(self, request: HttpRequest, rest: str) -> HttpResponseBase:
        """The file, or the redirect to its one address, for GET and HEAD; `rest` is its path from here on.

        A folder stands for its index page, at an address that ends in a slash. Raises NotFound.
        """
        require_pool()  # a disk may be slow
        skip_success_log(request)
        rest = rest.replace(SLASH_IN_SEGMENT, "/").removeprefix("/")
        address = request.path_info.replace(SLASH_IN_SEGMENT, "/")
        name = posixpath.normpath(rest)  # of no more than the path holds: "" is "."
        mode = self._mode(name)
        if S_ISDIR(mode):
            if not address.endswith("/"):
                return _redirect(f"{address}/")
            file = self._open(posixpath.join(name, INDEX))
        elif S_ISREG(mode):
            if address.endswith("/"):
                return _redirect(address.rstrip("/"))
            if address.endswith(f"/{INDEX}"):
                return _redirect(address.removesuffix(INDEX))
            file = self._open(name)
        else:
            file = None
        if file is None and self.has_fallback and name != INDEX:
            file = self._open(INDEX)
        if file is None:
            raise NotFound("File not found.")
        return _content(file, request)

    def _mode(self, name: str) -> int:
        """What is there, as `stat` says it; 0 for nothing."""
        path = self._path(name)
        if path is None:
            return 0
        try:
            return os.stat(path).st_mode  # noqa: PTH116 - asked for every file, as in local_storage
        except OSError as error:
            _tell_unless_nothing(error, path)
            return 0

    def _open(self, name: str) -> IO[bytes] | None:
        """The regular file of that name, None without one."""
        path = self._path(name)
        if path is None:
            return None
        try:
            file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - the answer's
        except OSError as error:
            _tell_unless_nothing(error, path)
            return None
        if not S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            return None
        return file

    def _path(self, name: str) -> str | None:
        """Where a tidied name is, None for one that is outside, or that no file can have."""
        if name.startswith("/") or name == ".." or name.startswith("../") or "\0" in name:
            return None
        return f"{self.root}/{name}"


def _open_at_once(path: str, flags: int) -> int:
    """Without waiting for the other end of a pipe that came in a file's place meanwhile."""
    return os.open(path, flags | os.O_NONBLOCK)


def _tell_unless_nothing(error: OSError, path: str) -> None:
    if error.errno not in _NOTHING:
        logger.warning("%s cannot be served: %s", path, error)


def _redirect(address: str) -> HttpResponse:
    """To an address of this site: two slashes at its beginning would be those of another one."""
    response = HttpResponse(status=301)
    response["Location"] = quote("/" + address.lstrip("/\\"), safe=_UNQUOTED)
    del response["Content-Type"]
    return response


def _content(file: IO[bytes], request: HttpRequest) -> HttpResponseBase:
    """The answer with an open file, which is the answer's from now on."""
    try:
        stat = os.fstat(file.fileno())
        headers = ResponseHeaders({})
        parts = wanted_parts(
            stat.st_size,
            datetime.fromtimestamp(stat.st_mtime, UTC),
            wish=Wish(is_head=request.method == "HEAD", conditions=conditions_of(request)),
            headers=headers,
            content_type=_content_type(file),
        )
        if isinstance(parts, Parts):
            return sent(file, parts, headers)
    except BaseException:
        file.close()
        raise
    file.close()
    return parts


def _content_type(file: IO[bytes]) -> str:
    return type_by_name(str(file.name)) or type_by_content(os.pread(file.fileno(), SNIFFED_BYTES, 0))
