"""Management commands of drop-in files, which have no `management/commands` folder.

@command("greet")
class Greet(BaseCommand):
    def handle(self, **options): ...
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

from django.core.management import get_commands
from django.core.management.base import BaseCommand

from system_app.drop_ins.loading import PACKAGE

CommandClass = TypeVar("CommandClass", bound=type[BaseCommand])


def command(name: str) -> Callable[[CommandClass], CommandClass]:
    """Make a class `manage.py NAME`. Raises ValueError where there is such a command already."""

    def register(found: CommandClass) -> CommandClass:
        known = get_commands()
        if name in known:
            raise ValueError(f"there is a command {name!r} already, in {known[name]}")
        # Where Django looks for the class of a command that an app has.
        module_name = f"{PACKAGE}.management.commands.{name}"
        module = ModuleType(module_name, found.__doc__)
        module.Command = found  # type: ignore[attr-defined]
        sys.modules[module_name] = module
        known[name] = PACKAGE
        return found

    return register
