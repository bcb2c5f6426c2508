"""Who is asking: the token of a request becomes the record it stands for.

Reference: contract/auth.md 1 (reading the request token); apis/middlewares.go, PocketBase v0.39.11.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from auth_app.tokens import ParsedToken, find_record_by_token
from collections_app.records.record import Record
from collections_app.stale_schema import with_fresh_schema
from collections_app.system_names import SUPERUSERS
from platform_app.requests.answers import error_response
from platform_app.requests.client_ip import is_listed, real_ip
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import Forbidden

GetResponse = Callable[[HttpRequest], HttpResponse]

_DASHBOARD = "/_/"
_BEARER = "bearer "


class TokenMiddleware:
    """Sets `request.auth_record` and `request.token`; both None for guests.

    A token that is not valid makes a guest, never an error: only routes that demand somebody refuse.
    Requests without an Authorization header do not touch the database.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        record = token = None
        if (known := getattr(request, "auth_record", None)) is not None:
            return self._let_in(request, known)
        header = request.META.get("HTTP_AUTHORIZATION")
        if header and not request.path_info.startswith(_DASHBOARD):
            try:
                found = signed_in(header, lambda: real_ip(request))
            except Forbidden as error:
                return error_response(error)
            if found is not None:
                record, token = found
        request.auth_record = record  # type: ignore[attr-defined]
        request.token = token  # type: ignore[attr-defined]
        return self.get_response(request)

    def _let_in(self, request: HttpRequest, known: Record) -> HttpResponse:
        """Go on for whom a middleware further out has found; the superuser whitelist counts all the same."""
        if not may_act_from(known, lambda: real_ip(request)):
            return error_response(Forbidden())
        request.token = None  # type: ignore[attr-defined]
        return self.get_response(request)


def signed_in(header: str | None, ip: Callable[[], str]) -> tuple[Record, ParsedToken] | None:
    """The record whose token the Authorization header holds, and the token; None for a guest.

    Raises Forbidden for a superuser that may not act from the address; `ip` is asked only if that counts.
    """
    if not header:
        return None
    found = with_fresh_schema(lambda: find_record_by_token(token_text(header), ("auth",)))
    if found is not None and not may_act_from(found[0], ip):
        raise Forbidden
    return found


def token_text(header: str) -> str:
    """The token in an Authorization header: with or without one `Bearer ` in front of it.

    >>> token_text("bearer abc"), token_text("abc"), token_text("Token abc")
    ('abc', 'abc', 'Token abc')
    """
    text = header.strip(" \t")
    return text[len(_BEARER) :] if text[: len(_BEARER)].lower() == _BEARER else text


def may_act_from(record: Record, ip: Callable[[], str]) -> bool:
    """Whether the superuser whitelist, if there is one, lets `record` act from this address."""
    return record.collection.name != SUPERUSERS or superusers_may_act_from(ip)


def superusers_may_act_from(ip: Callable[[], str]) -> bool:
    """Whether the whitelist has the address, or there is none; `ip` is asked only if that counts."""
    allowed = current().superuser_ips
    return not allowed or is_listed(ip(), allowed)
