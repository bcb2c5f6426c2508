"""Django's description of this app."""

from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    name = "collections_app"
