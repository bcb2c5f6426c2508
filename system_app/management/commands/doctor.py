"""`manage.py doctor`: says what this installation runs on, and what is wrong with it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from system_app.doctor import examine


class Command(BaseCommand):
    help = "Say what this installation runs on, and what is wrong with it; changes nothing, tells no secrets."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for finding in examine():
            line = f"{finding.topic:<11}  {finding.text}"
            if finding.is_wrong:
                wrong += 1
                line = self.style.ERROR(f"{line}  <- wrong")
            self.stdout.write(line)
        if wrong:
            raise CommandError("One thing is wrong." if wrong == 1 else f"{wrong} things are wrong.")
