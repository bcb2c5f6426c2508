"""Requests of the writing tests: short to say, answers as status and JSON."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from auth_app.tokens import issue_auth_token
from collections_app.collection import Collection
from collections_app.records.record import Record
from tests.auth_app.accounts import join, stored

ROOT = "superuser000001"

Answer = tuple[int, Any]


class Sender:
    """Sends requests as a guest, or as whoever `signed_in_as` says."""

    def __init__(self, token: str = "") -> None:
        self._client = Client()
        self._headers = {"authorization": token} if token else {}

    @classmethod
    def superuser(cls) -> "Sender":
        join("_superusers", ROOT, email="root@example.com")
        return cls(issue_auth_token(stored("_superusers", ROOT)))

    @classmethod
    def signed_in_as(cls, record: Record) -> "Sender":
        return cls(issue_auth_token(record))

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        text = "" if body is None else json.dumps(body)
        return self.raw(method, path, text, "application/json")

    def raw(self, method: str, path: str, body: str | bytes, content_type: str | None) -> Answer:
        # The client would drop the type of an empty body.
        headers = {**self._headers, "content-type": content_type or ""}
        answer = self._client.generic(
            method, f"/api{path}", body, content_type=content_type or "", headers=headers
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    def form(self, method: str, path: str, parts: Sequence[tuple[str, Any]]) -> Answer:
        """A multipart form; a value that is a pair is a file's name and content."""
        data: dict[str, list[Any]] = {}
        for name, value in parts:
            part = SimpleUploadedFile(*value) if isinstance(value, tuple) else value
            data.setdefault(name, []).append(part)
        return self.raw(method, path, encode_multipart(BOUNDARY, data), MULTIPART_CONTENT)


def records_path(collection: Collection, record_id: str = "") -> str:
    path = f"/collections/{collection.name}/records"
    return f"{path}/{record_id}" if record_id else path


def codes(answer: Answer) -> tuple[int, str, dict[str, str]]:
    """Status, sentence and the code of each refused field."""
    status, body = answer
    return status, body["message"], {name: error["code"] for name, error in body["data"].items()}


def files_of(collection: Collection, record_id: str) -> list[str]:
    """The names in a record's folder, random parts as `*`, thumbs and sidecars left out."""
    folder = Path(settings.JOEY_STORAGE_DIR) / collection.id / record_id
    names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    return [without_random(name) for name in names if not name.endswith(".attrs")]


def without_random(name: str) -> str:
    """
    >>> without_random("photo_0123456789.png")
    'photo_*.png'
    """
    return re.sub(r"_[a-z0-9]{10}(?=[._]|$)", "_*", name)
