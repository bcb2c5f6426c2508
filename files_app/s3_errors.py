"""What goes wrong with S3, as the errors that storages raise."""

import errno
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

_MISSING = frozenset({"NoSuchKey", "NotFound", "404"})


class S3Unreachable(OSError):
    """There was no whole answer in time."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(errno.EIO, reason, path)

    def __str__(self) -> str:
        return str(self.strerror)


class NoSuchPart(S3Unreachable):
    """The answer is not the part of an object that was asked for."""


class S3Refused(OSError):
    """The server answered, and said no. `str` of it is for people, with all that the server wrote."""

    def __init__(self, path: str, answer: dict[str, Any]) -> None:
        super().__init__(errno.EIO, "refused by S3", path)
        error = answer.get("Error", {})
        self.status: int = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code, message = error.get("Code", ""), error.get("Message", "")
        # What botocore makes up where an answer has no body.
        self.code = "" if code.isdigit() or not answer.get("Words") else code
        self._message = message if self.code else _direction(answer)
        self._words = answer.get("Words", b"").decode(errors="replace")

    def __str__(self) -> str:
        """As the reference words it: tools/filesystem/internal/s3blob/s3/error.go, PocketBase v0.39.11."""
        text = f"{self.status} {self.code or 'S3ResponseError'}"
        if self._message:
            text += f": {self._message}"
        if self._words:
            text += f"\n(RAW: {self._words})"
        return f"{text}\nresource not found" if self.status == 404 else text


def _direction(answer: dict[str, Any]) -> str:
    """Where a redirect leads. Nobody follows it, as requests are signed for one address."""
    place = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("location", "")
    return f"it leads to {place}" if place else ""


def as_os_error(error: Exception, path: str) -> Exception:
    """What to raise for an error of botocore; others are returned as they are."""
    if isinstance(error, ClientError):
        answer: dict[str, Any] = dict(error.response)
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            return FileNotFoundError(errno.ENOENT, "no such object", path)
        return S3Refused(path, answer)
    if isinstance(error, BotoCoreError):
        return S3Unreachable(path, str(error.kwargs.get("error") or error))
    if isinstance(error, ValueError):
        return S3Unreachable(path, f"an answer that makes no sense: {error}")
    return error


def require(answer: dict[str, Any], name: str, path: str) -> Any:
    """What an answer has to say. Raises S3Unreachable for an answer that is none of S3."""
    if name not in answer:
        raise S3Unreachable(path, f"an answer that makes no sense: it has no {name}")
    return answer[name]
