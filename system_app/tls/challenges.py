"""What is to be answered to an authority that looks whether a name is ours: in files that all processes read.

Reference: golang.org/x/crypto/acme/autocert (httpToken, HTTPHandler) v0.55.0.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from system_app.tls.certificates import write_file

CHALLENGES = "/.well-known/acme-challenge/"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_SUFFIX = "+http-01"


@contextmanager
def answering(folder: Path, token: str, answer: str) -> Iterator[None]:
    """Have all processes give this answer for an authority's token. Raises ValueError for a strange one."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"the authority's token {token!r} is none")
    path = folder / (token + _SUFFIX)
    write_file(path, answer.encode("ascii"))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def answer_for(folder: Path, path: str) -> bytes | None:
    """The answer for a path below CHALLENGES, None when nobody asked for it."""
    token = path.removeprefix(CHALLENGES)
    if not _TOKEN.fullmatch(token):
        return None
    try:
        return (folder / (token + _SUFFIX)).read_bytes()
    except OSError:
        return None
