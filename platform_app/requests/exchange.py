"""Exchange: what receivers of hooks share about a request, and what they want its answer to be.

It is made when somebody first asks for it; most requests have none.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import ResponseHeaders

from platform_app.requests.header_texts import header_of_text

_ATTRIBUTE = "_exchange"


class Exchange:
    """`draft` holds the headers and cookies that the answer is going to have, `response` is one that a
    receiver gave instead of the usual one, and `store` what receivers and middlewares tell each other.

    `is_inner` is that of a request in a request, such as one of a batch: its answer is a part of another one,
    so nothing is sent until all is done. `files` are its files by the names of their parts.
    """

    __slots__ = ("draft", "files", "is_inner", "response", "store")

    def __init__(self) -> None:
        self.draft = HttpResponse()
        del self.draft.headers["Content-Type"]
        self.response: HttpResponseBase | None = None
        self.store: dict[str, Any] = {}
        self.is_inner = False
        self.files: Mapping[str, list[Any]] | None = None


def exchange_of(request: HttpRequest) -> Exchange:
    """The one of this request."""
    exchange: Exchange | None = getattr(request, _ATTRIBUTE, None)
    if exchange is None:
        exchange = Exchange()
        setattr(request, _ATTRIBUTE, exchange)
    return exchange


@contextmanager
def taking_headers(request: HttpRequest) -> Iterator[ResponseHeaders]:
    """The headers that the answer is to have so far, for who puts them there by itself.

    When the block fails, they are for the answer of the error, as they were.
    """
    taken = ResponseHeaders({})
    exchange: Exchange | None = vars(request).get(_ATTRIBUTE)
    if exchange is None:
        yield taken
        return
    wanted, exchange.draft.headers = exchange.draft.headers, ResponseHeaders({})
    for name, value in wanted.items():
        taken[name] = value
    try:
        yield taken
    except BaseException:
        exchange.draft.headers = wanted
        raise


def as_wanted(
    request: HttpRequest, response: HttpResponseBase, *, is_error: bool = False
) -> HttpResponseBase:
    """`response`, or the one that a receiver gave instead, with the headers and cookies that it is to have.

    An error stays what it is.
    """
    exchange: Exchange | None = vars(request).get(_ATTRIBUTE)
    if exchange is None:
        return response
    if exchange.response is not None and not is_error:
        response = exchange.response
    put_headers(request, response)
    return response


def put_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give the response the headers and cookies that it is to have."""
    exchange: Exchange | None = vars(request).get(_ATTRIBUTE)
    if exchange is not None:
        for name, value in exchange.draft.headers.items():
            response.headers[name] = value
        response.cookies.update(exchange.draft.cookies)


def inner_request(
    outer: HttpRequest,
    method: str,
    url: str,
    headers: Mapping[str, str],
    files: Mapping[str, list[Any]],
) -> HttpRequest:
    """A request in a request: from the same client, signed in as the same, `headers` over the outer ones.

    Their names are snake-cased, as rules have them. Receivers get a copy of the outer one's `store`. Its body
    is where rules find it, in the request's info.
    """
    path, _, query = url.partition("?")
    request = HttpRequest()
    request.method = method
    request.path = request.path_info = path
    request.META = {
        **{name: value for name, value in outer.META.items() if name not in _OF_THE_BODY},
        **{f"HTTP_{name.upper()}": header_of_text(value) for name, value in headers.items()},
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
    }
    for name in ("auth_record", "token"):
        setattr(request, name, getattr(outer, name, None))
    exchange = exchange_of(request)
    exchange.is_inner = True
    exchange.files = files
    exchange.store = dict(exchange_of(outer).store)
    return request


_OF_THE_BODY = frozenset({"CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING"})
