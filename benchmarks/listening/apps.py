"""Receivers that do nothing, at every hook that takes a collection."""

from typing import Any

from django.apps import AppConfig

from benchmarks.seed import OPEN, OWNED
from collections_app import events
from platform_app.hooks.hook import Hook


class Listening(AppConfig):
    name = "benchmarks.listening"
    collection = ""

    def ready(self) -> None:
        for hook in vars(events).values():
            if isinstance(hook, Hook) and hook.tagged:
                hook.connect(_receive, collection=self.collection)


class Elsewhere(Listening):
    """Of another collection than the one that is asked."""

    collection = OWNED


class Here(Listening):
    """Of the one that is asked."""

    collection = OPEN


def _receive(**kwargs: Any) -> None:
    """Nothing to do."""
