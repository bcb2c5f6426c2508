"""Django's description of this app."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime_app"
