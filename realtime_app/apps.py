"""Django's description of this app."""

from django.apps import AppConfig

from platform_app.requests.lifetime import lifetime
from realtime_app.bus.bus import companion


class RealtimeConfig(AppConfig):
    name = "realtime_app"

    def ready(self) -> None:
        lifetime.register(companion)
