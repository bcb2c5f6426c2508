"""A folder of static files over HTTP: `pb_public`, and what extensions of the dashboard bring along.

A path is looked up below the folder after it was tidied, and one that leads out of it has nothing. Links are
followed wherever they lead: who may put files into the folder decides what is in it.
Sent as records' files are, and not by whitenoise: that goes by a list of what was there at the start, or
looks with every request of the API, too, and it knows no zero-copy.
Reference: contract/system.md 16; apis/base.go (Static), tools/router/event.go (FileFS), PocketBase v0.39.11.
"""

import posixpath
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import IO
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from platform_app.database.lanes import require_pool
from platform_app.requests.activity import skip_success_log
from platform_app.requests.lanes import SLASH_IN_SEGMENT
from platform_app.wire.errors import NotFound
from system_app.site.sending import file_response, mode_of, open_file

INDEX = "index.html"
# What paths may hold as they are (RFC 3986 3.3).
_UNQUOTED = "/:@!$&'()*+,;=~"


@dataclass(frozen=True)
class Folder:
    """Where static files are; with `has_fallback` the index page stands for what is not there.

    `caching` and `compresses` are as for `file_response`.
    """

    root: Path
    has_fallback: bool = False
    caching: str = ""
    compresses: bool = False

    def answer(self, request: HttpRequest, rest: str) -> HttpResponseBase:
        """The file, or the redirect to its one address, for GET and HEAD; `rest` is its path, no slash first.

        A folder stands for its index page, at an address that ends in a slash. Raises NotFound.
        """
        require_pool()  # a disk may be slow
        skip_success_log(request)
        # One slash more than the path has is forgiven, a segment that is nothing else is not.
        rest = rest.removeprefix(SLASH_IN_SEGMENT).replace(SLASH_IN_SEGMENT, "/")
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
        return file_response(file, request, caching=self.caching, compresses=self.compresses)

    def _mode(self, name: str) -> int:
        path = self._path(name)
        return 0 if path is None else mode_of(path)

    def _open(self, name: str) -> IO[bytes] | None:
        path = self._path(name)
        return None if path is None else open_file(path)

    def _path(self, name: str) -> str | None:
        """Where a tidied name is, None for one that is outside, or that no file can have."""
        if name.startswith("/") or name == ".." or name.startswith("../") or "\0" in name:
            return None
        return f"{self.root}/{name}"


def _redirect(address: str) -> HttpResponse:
    """To an address of this site: two slashes at its beginning would be those of another one."""
    response = HttpResponse(status=301)
    response["Location"] = quote("/" + address.lstrip("/\\"), safe=_UNQUOTED)
    del response["Content-Type"]
    return response
