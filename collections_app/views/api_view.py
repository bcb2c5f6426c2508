"""APIView: DRF's view with a short dispatch, for the routes that carry the load.

Authentication, negotiation, permissions and throttling are fixed here instead of being looked up in lists
for every request: the token was read by `auth_app.authentication`, answers are JSON, rights are rules.
Handlers return a JSON value (200) or an HttpResponse; errors are raised.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.views import APIView as DrfAPIView

from collections_app.records.reading.picking import InvalidPicker, pick
from collections_app.records.record import Record
from collections_app.request_info import Context, RequestInfo
from collections_app.stale_schema import with_fresh_schema
from platform_app.database.lanes import check_time
from platform_app.requests.answers import handle_exception, unrouted
from platform_app.requests.body import LazyHeaders, parse_body, query_values
from platform_app.requests.exchange import as_wanted
from platform_app.wire.errors import BadRequest
from platform_app.wire.json_encoding import FEW_ITEMS, encode, encode_pieces


class APIView(DrfAPIView):
    """A view whose handlers (`get`, `post`, `patch`, `put`, `delete`) take Django's own request.

    A handler gets a fresh instance, but no `self.request`: what it needs are its arguments.
    """

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:  # type: ignore[override]
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return cls(**initkwargs).dispatch(request, *args, **kwargs)

        view.view_class = cls  # type: ignore[attr-defined]
        view.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie signs anybody in here
        return view

    def get_exception_handler(self) -> Callable[..., Any]:
        return handle_exception  # whatever a project has its own views of DRF answer

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return as_wanted(request, with_fresh_schema(lambda: self._answer(request, *args, **kwargs)))
        except Exception as error:
            answer = self.get_exception_handler()(error, {"request": request, "view": self})
            if not isinstance(answer, HttpResponseBase):
                raise
            return as_wanted(request, answer, is_error=True)

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        handler = self._handler(request)
        if handler is None:
            return unrouted(request)
        answer = handler(request, *args, **kwargs)
        return answer if isinstance(answer, HttpResponseBase) else json_response(request, answer)

    def _handler(self, request: HttpRequest) -> Callable[..., Any] | None:
        method = request.method or "GET"
        if method == "HEAD":
            method = "GET"
        return getattr(self, method.lower(), None) if method in _METHODS else None


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


def json_response(request: HttpRequest, value: Any, status: int = 200) -> HttpResponse:
    """`value` as a JSON answer, reduced to what `?fields=` asks for."""
    if "fields=" in request.META.get("QUERY_STRING", "") and 200 <= status < 300:
        fields = query_values(request).get("fields", "")
        if fields:
            try:
                value = pick(value, fields)
            except InvalidPicker:
                # The reference finds out while it writes: the status is sent, the body stays empty.
                return HttpResponse(b"", content_type="application/json")
    return HttpResponse(_text_of(value), status=status, content_type="application/json")


def _text_of(value: Any) -> bytes:
    items = value.get("items") if type(value) is dict else None
    if type(items) is not list:
        return encode(value) + b"\n"
    check_time()
    if len(items) <= FEW_ITEMS:
        return encode(value) + b"\n"
    pieces = []
    for piece in encode_pieces(value):
        pieces.append(piece)
        check_time()
    pieces.append(b"\n")
    return b"".join(pieces)


def no_content() -> HttpResponse:
    """204: done, and nothing to say about it."""
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    return response


def request_info(request: HttpRequest, context: Context = "default") -> RequestInfo:
    """What rules may read of this request. Raises BadRequest for a body that cannot be read."""
    return _info(request, context, parse_body(request))


def request_info_for_hooks(request: HttpRequest, context: Context = "default") -> RequestInfo:
    """The same where nothing but hooks may want the body: one that cannot be read is none."""
    try:
        body = parse_body(request)
    except BadRequest:
        body = {}
    return _info(request, context, body)


def _info(request: HttpRequest, context: Context, body: Mapping[str, Any]) -> RequestInfo:
    auth: Record | None = getattr(request, "auth_record", None)
    return RequestInfo(
        method=request.method or "GET",
        context=context,
        query=query_values(request),
        headers=LazyHeaders(request),
        body=body,
        auth=auth,
        request=request,
    )
