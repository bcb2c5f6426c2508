"""Django's description of this app."""

from typing import TYPE_CHECKING

from django.apps import AppConfig

from platform_app.requests.lifetime import lifetime

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase


class RealtimeConfig(AppConfig):
    name = "realtime_app"

    def ready(self) -> None:
        # Imported late: models, which these need, are not ready before.
        from auth_app.oauth2_clients import announce_clients
        from realtime_app import forwarding, oauth2_clients, record_feed
        from realtime_app.bus.bus import bus, companion
        from realtime_app.feed_streams import companion as feeds_companion
        from realtime_app.feed_streams import open_feeds
        from realtime_app.feeds import feeds
        from realtime_app.service import service

        announce_clients(oauth2_clients.find_waiting)
        service.listen()
        forwarding.listen(service.bus, _answered)
        oauth2_clients.listen()
        feeds.through(bus)
        record_feed.listen()
        bus.on_missed(open_feeds.tell_lost)
        lifetime.register(companion)  # before those that stand on it
        lifetime.register(feeds_companion)
        lifetime.register(service.companion)


def _answered(request: "HttpRequest") -> "HttpResponseBase":
    # Imported late: no command needs views, and they take a while to load.
    from realtime_app.views import realtime_view

    return realtime_view(request)
