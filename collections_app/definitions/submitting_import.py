"""A superuser's request to import definitions, whoever reads it: its hook, and refusals as an ApiError.

Reference: contract/collections.md 8; apis/collection_import.go, PocketBase v0.39.11.
"""

from collections.abc import Sequence
from typing import Any

from collections_app.definitions.importing import import_collections
from collections_app.events import CollectionsImportEvent, collections_import_request
from collections_app.request_info import RequestInfo
from platform_app.wire.errors import BadRequest, Invalid, required

VALIDATING_FAILED = "An error occurred while validating the submitted data."


def submit_import(items: Sequence[dict[str, Any]], *, delete_missing: bool, info: RequestInfo) -> Any:
    """Import the definitions: True when it was done, None when a hook stopped it, or a receiver's own answer.

    Raises BadRequest.
    """
    if not items:
        raise BadRequest(VALIDATING_FAILED, {"collections": required()})
    event = CollectionsImportEvent(info, list(items), delete_missing)

    def run() -> bool:
        try:
            import_collections(event.collections_data, delete_missing=event.delete_missing)
        except Invalid as error:
            raise BadRequest("Failed to import collections.", error.errors) from error
        return True

    return collections_import_request.trigger(event, run)
