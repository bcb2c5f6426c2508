"""Requests to the API as a guest, as somebody who has signed in, or as a superuser; without a server."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, TestCase
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from auth_app.tokens import issue_auth_token
from collections_app.records.record import Record

# A file to send: its name and content.
Upload = tuple[str, bytes]


@dataclass(frozen=True)
class Answer:
    """`headers` has names as the server wrote them."""

    status: int
    content: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.content.decode()

    @cached_property
    def json(self) -> Any:
        """Raises ValueError for what is not JSON."""
        return json.loads(self.content)


@dataclass(frozen=True)
class Api:
    """Sends requests as `auth`, or as a guest; `api.as_(record)` sends as somebody else."""

    auth: Record | None = None
    token: str = ""

    def as_(self, auth: Record | None) -> "Api":
        """The same for a record of an auth collection; None for a guest."""
        return replace(self, auth=auth, token="" if auth is None else issue_auth_token(auth))

    def get(self, path: str, **options: Any) -> Answer:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("PATCH", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.send("DELETE", path, **options)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: Mapping[str, Upload | Sequence[Upload]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`body` is sent as JSON, or as it is if it is bytes; with `files` its values are those of a form.

        What waits for a commit is done when the answer is there, also in a test that is rolled back.
        """
        content, content_type = _encoded(body, files)
        sent = {"content-type": content_type} if content_type else {}
        if self.token:
            sent["authorization"] = self.token
        with _committing():
            response = Client(raise_request_exception=False).generic(
                method, path, content, content_type=content_type, headers={**sent, **(headers or {})}
            )
        content = b"".join(response) if response.streaming else response.content
        return Answer(response.status_code, content, dict(response.items()))


def _encoded(body: Any, files: Mapping[str, Upload | Sequence[Upload]] | None) -> tuple[bytes, str]:
    if files:
        parts: dict[str, Any] = dict(body or {})
        for name, found in files.items():
            uploads = [found] if isinstance(found, tuple) and isinstance(found[0], str) else list(found)
            parts[name] = [SimpleUploadedFile(*upload) for upload in uploads]
        return encode_multipart(BOUNDARY, parts), MULTIPART_CONTENT
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    return (b"", "") if body is None else (json.dumps(body).encode(), "application/json")


def _committing() -> AbstractContextManager[object]:
    if not connection.in_atomic_block:
        return nullcontext()
    return TestCase.captureOnCommitCallbacks(execute=True)
