"""Gzip, for what the dashboard sends; what the API sends is never compressed (contract/system.md 17)."""

import gzip
import os
from typing import IO

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

from platform_app.wire.weighed_cache import WeighedCache

_GZIP_NAMES = frozenset({"gzip", "x-gzip", "*"})
# Longer headers say nothing more about it.
_MOST_HEADER_CHARACTERS = 1000
# What is shorter would become longer; what is longer, nobody is to wait for.
_FEWEST_BYTES = 200
_MOST_BYTES = 2 * 1024 * 1024
_LEVEL = 6
# Random bytes in front of a page, so many at most: they blur its length (see `compress_page`).
_MOST_RANDOM_BYTES = 100

_TEXTS = ("text/", "application/json", "application/javascript", "application/manifest+json", "image/svg+xml")

# Files that were compressed once, by what they are: all of the dashboard's are about 1 MB.
_files: WeighedCache[tuple[int, int, int, int], bytes] = WeighedCache(4 * 1024 * 1024)


def accepts_gzip(request: HttpRequest) -> bool:
    """Whether the client takes gzip: it is named in Accept-Encoding, and not with q=0."""
    for part in request.META.get("HTTP_ACCEPT_ENCODING", "")[:_MOST_HEADER_CHARACTERS].split(","):
        name, _, weight = part.partition(";")
        if name.strip().lower() in _GZIP_NAMES:
            return weight.replace(" ", "").lower().rstrip("0") not in {"q=", "q=0.", "q=."}
    return False


def is_worth_compressing(content_type: str, size_bytes: int) -> bool:
    return _FEWEST_BYTES <= size_bytes <= _MOST_BYTES and content_type.startswith(_TEXTS)


def compressed(file: IO[bytes], stat: os.stat_result) -> bytes:
    """The content of a file that is worth it; made once while the file stays as it is.

    zlib works without the interpreter lock, so the event loop goes on.
    """
    key = (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size)
    content = _files.get(key)
    if content is None:
        content = gzip.compress(file.read(_MOST_BYTES), _LEVEL, mtime=0)
        _files.put(key, content, len(content))
    return content


def compress_page(request: HttpRequest, response: HttpResponse) -> None:
    """Send a page compressed to who takes gzip, and say to caches that it depends on that.

    A page that shows what its address says beside a secret, compressed over TLS, lets others guess the secret
    by the length (BREACH). The secrets in the dashboard's pages are forgery tokens, and Django masks these
    anew in every page; random bytes blur the lengths of what else is in them.
    """
    patch_vary_headers(response, ["Accept-Encoding"])
    if response.streaming or response.has_header("Content-Encoding") or response.has_header("Content-Range"):
        return
    if not is_worth_compressing(response.get("Content-Type", ""), len(response.content)):
        return
    if not accepts_gzip(request):
        return
    content = compress_string(response.content, max_random_bytes=_MOST_RANDOM_BYTES)
    if len(content) < len(response.content):
        response.content = content
        response["Content-Encoding"] = "gzip"
        response.headers.pop("Content-Length", None)
