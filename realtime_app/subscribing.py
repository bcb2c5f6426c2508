"""Subscribing: a client says, in a request of its own, what it wants to hear of.

Reference: contract/realtime.md 3, in the order of its checks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest

from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.records.querying.finding import find_record
from collections_app.request_info import RequestInfo
from collections_app.views.api_view import request_info_for_hooks
from platform_app.wire.errors import BadRequest, ErrorTree, FieldError, Forbidden, NotFound, required
from realtime_app.events import RealtimeSubscribeEvent, realtime_subscribe_request
from realtime_app.groups import auth_key
from realtime_app.hub import Hub

if TYPE_CHECKING:
    from collections_app.records.record import Record

LONGEST_CLIENT_ID = 255
MOST_TOPICS = 1000
LONGEST_TOPIC_BYTES = 2500


@dataclass(frozen=True)
class Submitted:
    """The body of the request."""

    client_id: str
    subscriptions: list[str]

    def check(self) -> None:
        """Raises BadRequest."""
        errors: dict[str, FieldError | ErrorTree] = {}
        if not self.client_id:
            errors["clientId"] = required()
        elif len(self.client_id.encode()) > LONGEST_CLIENT_ID:
            errors["clientId"] = FieldError(
                "validation_length_out_of_range",
                f"The length must be between 1 and {LONGEST_CLIENT_ID}.",
                {"max": LONGEST_CLIENT_ID, "min": 1},
            )
        if len(self.subscriptions) > MOST_TOPICS:
            errors["subscriptions"] = _too_long(MOST_TOPICS)
        elif too_long := {
            str(at): _too_long(LONGEST_TOPIC_BYTES)
            for at, topic in enumerate(self.subscriptions)
            if len(topic.encode()) > LONGEST_TOPIC_BYTES
        }:
            errors["subscriptions"] = too_long
        if errors:
            raise BadRequest(data=errors)


def _too_long(most: int) -> FieldError:
    return FieldError(
        "validation_length_too_long", f"The length must be no more than {most}.", {"max": most, "min": 0}
    )


def subscribe(
    hub: Hub,
    client_id: str,
    topics: Sequence[str],
    *,
    auth: "Record | None",
    ip: str,
    request: HttpRequest | None,
) -> bool:
    """Replace the subscriptions of a client of this process; False when a receiver stopped it.

    Raises NotFound for an unknown client, BadRequest for one from elsewhere, Forbidden for one that stands
    for somebody else, and what receivers raise.
    """
    client = hub.find(client_id)
    if client is None:
        raise NotFound("Missing or invalid client id.")
    if client.ip and client.ip != ip:
        raise BadRequest("Invalid realtime client.")
    if client.auth is not None and auth_key(client.auth) != auth_key(auth):
        raise Forbidden("The current and the previous request authorization don't match.")
    event = RealtimeSubscribeEvent(_info(request, auth), client, list(topics))

    def act() -> bool:
        hub.subscribe(event.client, event.subscriptions, event.auth)
        if event.auth is not None:
            _catch_up(hub, event.auth)
        return True

    return bool(realtime_subscribe_request.trigger(event, act))


def _info(request: HttpRequest | None, auth: "Record | None") -> RequestInfo:
    """What receivers see of the request; its body, which may be long, is read again for them alone."""
    if request is None or not realtime_subscribe_request.has_listeners():
        return RequestInfo(method="POST", auth=auth, request=request)
    return request_info_for_hooks(request)


def _catch_up(hub: Hub, auth: "Record") -> None:
    """See to it that nothing is missed that happened to the record since this request read it."""
    read = auth.collection
    collection = find_collection(read.id)
    if collection is None or not collection.is_auth or _secret(collection) != _secret(read):
        hub.clear_auth((read.id, auth.id))
        return
    stored = find_record(collection, auth.id)
    if stored is None:
        hub.clear_auth((read.id, auth.id))
    elif stored.values != auth.values:
        hub.renew_auth(stored)


def _secret(collection: Collection) -> str:
    return collection.auth.auth_token.secret
