"""What follows a collection's new name outside of the collections themselves."""

import logging
from collections.abc import Iterator
from typing import Any

from collections_app.catalog import find_collection
from collections_app.events import CollectionEvent
from system_app.settings.saving import rename_rate_limit_labels

logger = logging.getLogger(__name__)


def follow_renames(event: CollectionEvent, **kwargs: Any) -> Iterator[None]:
    """Let the rate limits that name the collection name it anew; a failure does not undo the rename."""
    known = find_collection(event.collection.id)
    yield
    if known is None or known.name == event.collection.name:
        return
    try:
        rename_rate_limit_labels(known.name, event.collection.name)
    except Exception:
        logger.warning(
            "rate limits still name %s, which is %s now", known.name, event.collection.name, exc_info=True
        )
