"""`manage.py logs tail`: shows the end of the log, and follows it."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from platform_app.commands import DataCommand
from platform_app.database.data_directory import check_database
from system_app.logs.json_lines import line as json_line
from system_app.logs.levels import ERROR, WARN
from system_app.logs.tail import LEVELS, Line, Tail, UnusableFilter, text_of_line

_PAUSE_SECONDS = 1.0


class Command(DataCommand):
    help = "Show the newest entries of the log, and with --follow those to come."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        tail = actions.add_parser("tail", help="show the newest entries")
        tail.add_argument("-n", "--lines", type=int, default=20, help="how many (20)")
        tail.add_argument(
            "-f", "--follow", action="store_true", help="go on with what is written from now on"
        )
        tail.add_argument(
            "--level", default="debug", help="the lowest level: debug, info, warn, error, or a number"
        )
        tail.add_argument("--filter", default="", help="as the API's: data.status>=400 && data.auth='users'")
        tail.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        tail = Tail(options["filter"], _level(options["level"]))
        show = self._show_json if options["json"] else self._show
        try:
            check_database()
            for line in tail.last(max(0, options["lines"])):
                show(line)
            while options["follow"]:
                time.sleep(_PAUSE_SECONDS)
                for line in tail.new():
                    show(line)
                self.stdout.flush()
        except UnusableFilter as error:
            raise CommandError(f"The log cannot be read with this filter: {error}") from error
        except KeyboardInterrupt:
            return

    def _show(self, line: Line) -> None:
        style = (
            self.style.ERROR if line.level >= ERROR else self.style.WARNING if line.level >= WARN else None
        )
        self.stdout.write(text_of_line(line), style)

    def _show_json(self, line: Line) -> None:
        self.stdout.write(json_line(line.created, line.level, line.message, line.data))


def _level(text: str) -> int:
    if text.lower() in LEVELS:
        return LEVELS[text.lower()]
    try:
        return int(text)
    except ValueError as error:
        raise CommandError(f"--level: expected debug, info, warn, error or a number, got {text!r}") from error
