"""Django's description of this app."""

from django.apps import AppConfig

from platform_app.requests.lifetime import lifetime


class RealtimeConfig(AppConfig):
    name = "realtime_app"

    def ready(self) -> None:
        # Imported late: models, which these need, are not ready before.
        from auth_app.oauth2_clients import announce_clients
        from realtime_app.oauth2_clients import find_waiting
        from realtime_app.service import service

        announce_clients(find_waiting)
        service.broadcast.listen()
        lifetime.register(service.companion)
