"""`GET /_/live-feeds/CHANNEL`: the dashboard's live views, for whoever has signed in to it, or to the API."""

from collections.abc import Callable
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse

from auth_app.authentication import signed_in, superusers_may_act_from
from auth_app.models import Superuser
from collections_app.system_names import SUPERUSERS
from collections_app.views.api_view import APIView
from collections_app.views.guards import require_superuser
from platform_app.requests.client_ip import real_ip
from platform_app.wire.errors import Forbidden, NotFound
from realtime_app.feed_streams import open_feed
from realtime_app.feeds import is_channel


class Feed(APIView):
    """For superusers: with a session, as browsers have one, or with a token of the API."""

    def get(self, request: HttpRequest, channel: str) -> HttpResponse:
        may_go_on = _by_token(request) if "HTTP_AUTHORIZATION" in request.META else _by_session(request)
        if not is_channel(channel):
            raise NotFound
        return open_feed(request, channel, may_go_on)


def _by_token(request: HttpRequest) -> Callable[[], bool]:
    """Let in who has a superuser's token; returns whether it still holds. Raises Unauthorized, Forbidden."""
    header, ip = request.META["HTTP_AUTHORIZATION"], real_ip(request)
    found = signed_in(header, lambda: ip)
    request.auth_record = found[0] if found else None  # type: ignore[attr-defined]
    request.user = Superuser.objects.get(pk=require_superuser(request).id)

    def holds() -> bool:
        try:
            still = signed_in(header, lambda: ip)
        except Forbidden:
            return False
        return still is not None and still[0].collection.name == SUPERUSERS

    return holds


def _by_session(request: HttpRequest) -> Callable[[], bool]:
    """The same for who has signed in to the dashboard; that it may act from its address is known already."""
    if not isinstance(request.user, Superuser):
        require_superuser(request)  # who has no token either; and staff sees no feeds
    key, ip = request.session.session_key, real_ip(request)
    sessions = import_module(settings.SESSION_ENGINE)

    def holds() -> bool:
        later = HttpRequest()
        later.session = sessions.SessionStore(key)
        return isinstance(get_user(later), Superuser) and superusers_may_act_from(lambda: ip)

    return holds
