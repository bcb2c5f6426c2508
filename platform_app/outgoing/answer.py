"""What comes of a request to somebody else's server: an answer, or none."""

from dataclasses import dataclass


class RequestFailed(Exception):
    """No usable answer: no such server, too late, too large, too many redirects, or not HTTP. For logs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whatever its status; `content_type` is the header's text, or "".

    `headers` are all of them in their order, the names in lower case.
    """

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
