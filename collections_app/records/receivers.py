"""Whether anybody receives the hooks of a request about records, asked before the request begins.

Receivers may be slow, and a request that learns of them half-way does its first half twice. So an inline
request asks here before it looks for records, and moves to the pool at once.
"""

from collections.abc import Mapping

from collections_app import events
from collections_app.collection import Collection
from collections_app.events import record_enrich
from collections_app.records.reading.expanding import expanded_collections
from platform_app.database.lanes import require_pool, require_queries_lane
from platform_app.hooks.groups import HookGroup

_VALIDATING = (events.record_validate, events.model_validate)

LISTING = HookGroup(events.records_list_request, record_enrich)
VIEWING = HookGroup(events.record_view_request, record_enrich)
CREATING = HookGroup(
    events.record_create_request, *events.RECORD_HOOKS["create"].all, *_VALIDATING, record_enrich
)
UPDATING = HookGroup(
    events.record_update_request, *events.RECORD_HOOKS["update"].all, *_VALIDATING, record_enrich
)


def require_pool_for_receivers(hooks: HookGroup, collection: Collection, query: Mapping[str, str]) -> None:
    """Move an inline request about `collection` to the pool when one of `hooks` will run receivers.

    `query` are its query parameters: the records that it expands are enriched as well.
    """
    if hooks.has_receivers_for(collection.tags):
        require_pool()
    if query and record_enrich.has_listeners() and (paths := query.get("expand")):
        for related in expanded_collections(collection, paths):
            if record_enrich.has_receivers_for(related.tags):
                require_pool()


def require_short_answer(collection: Collection, query: Mapping[str, str]) -> None:
    """Call this before a write: an inline request leaves if its answer may take more than its own record.

    Once the record is written it could not.
    """
    if query.get("expand") or (collection.is_auth and collection.auth.manage_rule):
        require_queries_lane()
