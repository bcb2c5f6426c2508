"""One file of a disk over HTTP: opened, described, and sent whole, in parts or compressed."""

import errno
import logging
import os
from datetime import UTC, datetime
from io import BytesIO
from stat import S_ISREG
from typing import IO

from django.http import HttpRequest, HttpResponseBase
from django.http.response import ResponseHeaders

from files_app.preconditions import conditions_of
from files_app.serving import Parts, Wish, sent, wanted_parts
from platform_app.wire.mime.types import SNIFFED_BYTES
from system_app.site.compression import accepts_gzip, compressed, is_worth_compressing
from system_app.site.content_types import type_by_content, type_by_name

logger = logging.getLogger(__name__)

# Nothing is at such a path, as far as visitors are concerned.
_NOTHING = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG}
)


def mode_of(path: str) -> int:
    """What is there, as `stat` says it; 0 for nothing."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - asked for every file, as in local_storage
    except OSError as error:
        _tell_unless_nothing(error, path)
        return 0


def open_file(path: str) -> IO[bytes] | None:
    """The regular file at a path, None without one."""
    try:
        file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - the answer's
    except OSError as error:
        _tell_unless_nothing(error, path)
        return None
    if not S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        return None
    return file


def file_response(
    file: IO[bytes], request: HttpRequest, *, caching: str = "", compresses: bool = False
) -> HttpResponseBase:
    """The answer with an open file, which is the answer's from now on, to GET or HEAD.

    `caching` is its Cache-Control. With `compresses`, who takes gzip gets texts that way, unless parts of
    them are asked for.
    """
    try:
        stat = os.fstat(file.fileno())
        content_type = _content_type(file)
        headers = ResponseHeaders({"Cache-Control": caching} if caching else {})
        wish = Wish(is_head=request.method == "HEAD", conditions=conditions_of(request))
        body, size_bytes = file, stat.st_size
        if (
            compresses
            and is_worth_compressing(content_type, size_bytes)
            and not wish.conditions.range
            and accepts_gzip(request)
        ):
            content = compressed(file, stat)
            body, size_bytes = BytesIO(content), len(content)
            headers["Content-Encoding"] = "gzip"
        modified = datetime.fromtimestamp(stat.st_mtime, UTC)
        parts = wanted_parts(size_bytes, modified, wish=wish, headers=headers, content_type=content_type)
        if isinstance(parts, Parts) and body is file:
            return sent(file, parts, headers)
    except BaseException:
        file.close()
        raise
    file.close()
    if not isinstance(parts, Parts):
        return parts
    headers["Content-Length"] = str(parts.length)
    return sent(body, parts, headers)


def _content_type(file: IO[bytes]) -> str:
    return type_by_name(str(file.name)) or type_by_content(os.pread(file.fileno(), SNIFFED_BYTES, 0))


def _open_at_once(path: str, flags: int) -> int:
    """Without waiting for the other end of a pipe that came in a file's place meanwhile."""
    return os.open(path, flags | os.O_NONBLOCK)


def _tell_unless_nothing(error: OSError, path: str) -> None:
    if error.errno not in _NOTHING:
        logger.warning("%s cannot be served: %s", path, error)
