"""The endpoints of a collection, as its own fields, rules and options make them.

Reference: contract/dashboard.md, AP-01 to AP-06; contract/records.md, contract/auth.md.
"""

from admin_ui.api_preview.endpoint import Endpoint
from admin_ui.api_preview.record_endpoints import (
    batch_endpoint,
    create_endpoint,
    delete_endpoint,
    list_endpoint,
    realtime_endpoint,
    update_endpoint,
    view_endpoint,
)
from admin_ui.api_preview.signing_in_endpoints import signing_in_endpoints
from collections_app.collection import Collection
from collections_app.exposing.exposures import accepts_writes


def endpoints_of(collection: Collection) -> list[Endpoint]:
    """In the order in which they are shown."""
    found = [list_endpoint(collection), view_endpoint(collection)]
    if accepts_writes(collection):
        found += [
            create_endpoint(collection),
            update_endpoint(collection),
            delete_endpoint(collection),
        ]
    found.append(realtime_endpoint(collection))
    if accepts_writes(collection):
        found.append(batch_endpoint(collection))
    if collection.is_auth:
        found += signing_in_endpoints(collection)
    return found
