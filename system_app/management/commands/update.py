"""`manage.py update`: what PocketBase users type to update; here it says how that is done."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Say how Joey is updated; unlike PocketBase's, it does not do so itself."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(
            "Joey does not replace itself: make a backup, get the new version, and start again "
            "(docs/how-to/upgrade.md)."
        )
