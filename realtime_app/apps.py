"""Django's description of this app."""

from django.apps import AppConfig

from platform_app.requests.lifetime import lifetime


class RealtimeConfig(AppConfig):
    name = "realtime_app"

    def ready(self) -> None:
        # Imported late: models, which these need, are not ready before.
        from auth_app.oauth2_clients import announce_clients
        from realtime_app import forwarding, oauth2_clients
        from realtime_app.bus.bus import companion
        from realtime_app.service import service
        from realtime_app.views import realtime_view

        announce_clients(oauth2_clients.find_waiting)
        service.listen()
        forwarding.listen(service.bus, realtime_view)
        oauth2_clients.listen()
        lifetime.register(companion)  # before the one that stands on it
        lifetime.register(service.companion)
