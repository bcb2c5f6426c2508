"""Requests to other people's servers, from hooks, jobs and commands.

    answer = send("https://api.example.com/orders", method="POST", json={"id": order.id}, seconds=10)
    if answer.status == 201:
        order.number = answer.json()["number"]

The calling thread waits, so what calls this in a request belongs into the lane `waiting`, or after the
answer (docs/explanation/lanes.md).
Reference: plugins/jsvm/binds.go ($http.send), PocketBase v0.39.11.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.cookies import CookieError, Morsel, SimpleCookie
from typing import Any

from platform_app.database.lanes import require_pool
from platform_app.http.forms import Form, encode_form
from platform_app.outgoing.answer import RequestFailed
from platform_app.outgoing.patience import patience_ends_at
from platform_app.outgoing.public_addresses import is_public
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.json_encoding import encode

_SECONDS = 120.0
_MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Received:
    """What a server answered, whatever its status; `headers` in their order, names in lower case."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str:
        """The first header of that name, in any case; "" if there is none."""
        return next((value for known, value in self.headers if known == name.lower()), "")

    @cached_property
    def cookies(self) -> "Mapping[str, Morsel[str]]":
        """The cookies that the server set; one that is malformed is left out."""
        jar: SimpleCookie = SimpleCookie()
        for name, value in self.headers:
            if name == "set-cookie":
                try:
                    jar.load(value)
                except CookieError:
                    continue
        return jar

    @property
    def text(self) -> str:
        """The body as UTF-8; what is not becomes the replacement character."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON. Raises RequestFailed for what is none."""
        try:
            return decode_json(self.body, whole=True, keeps_integers=True)
        except MalformedJson as error:
            raise RequestFailed(f"the answer with status {self.status} is not JSON") from error


def send(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | str = b"",
    json: Any = None,
    form: Form | None = None,
    seconds: float = _SECONDS,
    most_bytes: int = _MOST_BYTES,
    public_only: bool = False,
) -> Received:
    """Send one request and wait for the whole answer, for `seconds` in all, redirects included.

    At most one of `body`, `json` and `form` (multipart) is given. With `public_only` the server must be on
    the internet: for addresses that strangers name. Raises RequestFailed without a usable answer: no such
    server, too late, more than `most_bytes`, packed, or a redirect that is not followed.
    """
    require_pool()
    content, content_type = _content(body, json, form)
    sent = dict(headers or {})
    if form is not None:
        # Only we know the boundary.
        sent = {name: value for name, value in sent.items() if name.lower() != "content-type"}
    if content_type and not any(name.lower() == "content-type" for name in sent):
        sent["Content-Type"] = content_type
    # Imported late: few processes ask anybody, and it takes a while to load.
    from platform_app.outgoing.bounded_client import BoundedClient

    with BoundedClient(
        seconds=min(seconds, patience_ends_at() - time.monotonic()),
        most_bytes=most_bytes,
        is_allowed=is_public if public_only else None,
        follows_anywhere=True,
    ) as client:
        answer = client.send(method.upper(), url, headers=sent, body=content)
    return Received(answer.status, answer.body, answer.headers)


def _content(body: bytes | str, json: Any, form: Form | None) -> tuple[bytes, str]:
    if sum((bool(body), json is not None, form is not None)) > 1:
        raise TypeError("a request has one body: body, json or form")
    if form is not None:
        return encode_form(form)
    if json is not None:
        return encode(json), "application/json"
    return (body.encode() if isinstance(body, str) else body), ""
