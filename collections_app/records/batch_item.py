"""BatchItem: one request of a batch (contract/records.md 11)."""

from dataclasses import dataclass, field
from typing import Any

from collections_app.fields.file_names import PendingFile


@dataclass
class BatchItem:
    """One request of a batch, as submitted; `files` are the uploads by key of the body."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[PendingFile]] = field(default_factory=dict)
