"""Management commands of drop-in files, which have no `management/commands` folder.

@command("greet")
class Greet(BaseCommand):
    def handle(self, **options): ...

As the server's own commands they find a data directory that is whole, made if there was none.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from django.core.management import get_commands
from django.core.management.base import BaseCommand

from platform_app.commands import in_one_line
from system_app.drop_ins.loading import PACKAGE
from system_app.process_hooks import begin_command

CommandClass = TypeVar("CommandClass", bound=type[BaseCommand])


def command(name: str) -> Callable[[CommandClass], CommandClass]:
    """Make a class `manage.py NAME`. Raises ValueError where there is such a command already."""

    def register(found: CommandClass) -> CommandClass:
        known = get_commands()
        if name in known:
            raise ValueError(f"there is a command {name!r} already, in {known[name]}")
        module = ModuleType(f"{PACKAGE}.management.commands.{name}", found.__doc__)
        module.Command = _on_the_data(found)  # type: ignore[attr-defined]
        # Where Django looks for the class of a command that an app has.
        sys.modules[module.__name__] = module
        known[name] = PACKAGE
        return found

    return register


def _on_the_data(found: type[BaseCommand]) -> type[BaseCommand]:
    class Command(found):  # type: ignore[misc,valid-type]
        def execute(self, *args: Any, **options: Any) -> Any:
            with in_one_line():
                begin_command()
                return super().execute(*args, **options)

    return Command
