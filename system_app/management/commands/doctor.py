"""`manage.py doctor`: says what this installation runs on, what is wrong with it, and how to mend that."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import CommandError

from platform_app.commands import DataCommand
from system_app.doctor import examine
from system_app.examining.finding import Finding


class Command(DataCommand):
    help = "Say what this installation runs on, and what is wrong with it; changes nothing, tells no secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--ask",
            action="store_true",
            help="ask the mail server and the buckets of the settings as well; sends and stores nothing",
        )

    def handle(self, *args: Any, ask: bool, **options: Any) -> None:
        counts: Counter[str] = Counter()
        for finding in examine(asks=ask):
            self._tell(finding)
            counts[finding.kind] += 1
        if warnings := counts["warning"]:
            self.stdout.write("One warning." if warnings == 1 else f"{warnings} warnings.")
        if wrong := counts["wrong"]:
            raise CommandError("One thing is wrong." if wrong == 1 else f"{wrong} things are wrong.")

    def _tell(self, finding: Finding) -> None:
        line = f"{finding.topic:<11}  {finding.text}"
        if not finding.kind:
            self.stdout.write(line)
            return
        style = self.style.ERROR if finding.kind == "wrong" else self.style.WARNING
        self.stdout.write(style(f"{line}  <- {finding.kind}"))
        self.stdout.write(f"{'':<11}    {finding.advice}")
