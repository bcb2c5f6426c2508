"""Records as JSON: which fields a requester sees, and how (contract/records.md 8)."""

from collections.abc import Sequence
from typing import Any

from collections_app.records.record import Record
from collections_app.request_info import RequestInfo


def present(records: Sequence[Record], info: RequestInfo, expand: str = "") -> list[dict[str, Any]]:
    """Records of one collection as `json_encoding.encode` takes them, keys sorted.

    `expand` is the query parameter of that name: the paths to expand, comma separated.
    """
    raise NotImplementedError
