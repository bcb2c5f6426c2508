"""Forwarding: a request to subscribe is answered by the process that holds the client's stream.

The id of a client begins with the tag of that process. The request travels over the bus as it came, with the
signed-in record by its id, and the answer comes back whole. So what receivers of `realtime_subscribe_request`
get is the same everywhere: the client itself, and a request with its headers and address.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import ResponseHeaders

from collections_app.catalog import find_collection
from collections_app.records.querying.finding import find_record
from platform_app.database.lanes import wait_without_thread
from platform_app.requests.lane_threads import threads_of
from platform_app.wire.errors import ApiError, NotFound, TooLarge
from platform_app.wire.json_encoding import encode
from realtime_app.bus.bus import TAG_LENGTH, Bus
from realtime_app.bus.errors import AskFailed, NoAnswer, NoSuchProcess

if TYPE_CHECKING:
    from collections_app.records.record import Record

ANSWER_SECONDS = 5.0

_SUBSCRIBE = "realtime subscribe"
_PATH = "/api/realtime"
# The body that is sent is another one.
_OF_THE_BODY = ("content-", "transfer-encoding")

View = Callable[[HttpRequest], HttpResponseBase]


def owner_of(client_id: str) -> str:
    """The tag of the process that holds the stream, if there is one."""
    return client_id[:TAG_LENGTH]


def owner_elsewhere(bus: Bus, client_id: str) -> str:
    """The same of another process that is there; "" where the client is this one's, or nobody's."""
    owner = owner_of(client_id)
    return owner if bus.is_peer(owner) else ""


def ask(bus: Bus, owner: str, kind: str, payload: Any) -> Any:
    """What that process answers. Its request holds no thread meanwhile, and must be repeatable up to here.

    Raises what `Bus.ask` has its future raise, and TimeoutError.
    """
    return wait_without_thread(
        lambda: bus.ask(owner, kind, payload, seconds=ANSWER_SECONDS),
        2 * ANSWER_SECONDS,
        is_repeatable=True,
    )


@dataclass(frozen=True)
class _Answering:
    """Answers with the view on a thread; equal to another one, as the apps may be ready more than once."""

    view: View

    def __call__(self, told: Mapping[str, Any]) -> "Future[dict[str, Any]]":
        return threads_of("pool").submit(lambda: _sendable(self.view(_received(told))))


def listen(bus: Bus, view: View) -> None:
    """From now on answer with `view` what is forwarded to this process."""
    bus.on(_SUBSCRIBE, _Answering(view))


def forward(bus: Bus, request: HttpRequest, owner: str, body: Mapping[str, Any]) -> HttpResponse:
    """What the process with this tag answers. Raises NotFound without one, ApiError without an answer."""
    try:
        told = ask(bus, owner, _SUBSCRIBE, _sent(request, body))
    except NoSuchProcess as error:
        raise NotFound("Missing or invalid client id.") from error
    except ValueError as error:
        raise TooLarge from error
    except (NoAnswer, AskFailed, TimeoutError) as error:
        raise ApiError("The server is busy, try again.", status=503) from error
    response = HttpResponse(told["body"], status=told["status"])
    response.headers = ResponseHeaders(told["headers"])
    return response


def _sent(request: HttpRequest, body: Mapping[str, Any]) -> dict[str, Any]:
    auth: Record | None = getattr(request, "auth_record", None)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {
        "headers": {name: value for name, value in headers.items() if not name.startswith(_OF_THE_BODY)},
        "query": request.META.get("QUERY_STRING", ""),
        "address": request.META.get("REMOTE_ADDR", ""),
        "body": body,
        "auth": None if auth is None else (auth.collection.id, auth.id),
    }


def _received(told: Mapping[str, Any]) -> HttpRequest:
    """The request as this process would have got it."""
    body = encode(told["body"])
    headers = {**told["headers"], "content-type": "application/json", "content-length": str(len(body))}
    scope = {
        "type": "http",
        "method": "POST",
        "path": _PATH,
        "query_string": told["query"].encode("latin-1", "replace"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": (told["address"], 0),
    }
    request = ASGIRequest(scope, BytesIO(body))
    request.auth_record = _auth(told["auth"])  # type: ignore[attr-defined]
    return request


def _auth(key: "tuple[str, str] | None") -> "Record | None":
    """Who is signed in, as the database has them by now; a guest if they are gone."""
    collection = find_collection(key[0]) if key else None
    return find_record(collection, key[1]) if key and collection else None


def _sendable(response: HttpResponseBase) -> dict[str, Any]:
    content = response.content.decode() if isinstance(response, HttpResponse) else ""
    return {
        "status": response.status_code,
        "headers": dict(response.items()),
        "body": content,
    }
