"""Django's description of this app."""

from django.apps import AppConfig


class SystemConfig(AppConfig):
    name = "system_app"
