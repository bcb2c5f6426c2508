"""The command line: `manage.py` in this tree, `joey` where a wheel is installed."""

import gc
import os
import sys
from pathlib import Path

# Starting makes some 100,000 objects, most of which stay: looking through them all the time is a fifth of it.
OBJECTS_PER_COLLECTION = 50_000
_SETTINGS = "DJANGO_SETTINGS_MODULE"
_OF_PROJECTS = "manage.py"


def main() -> None:
    """Run the command that `sys.argv` names, with these settings unless the environment names others."""
    gc.set_threshold(OBJECTS_PER_COLLECTION)
    os.environ.setdefault(_SETTINGS, f"{__package__}.settings")  # noqa: TID251 - Django's contract
    from django.core.management import execute_from_command_line

    from system_app.drop_ins.errors import BrokenDropIn

    from .env import InvalidVariable
    from .flags import put_flags_into_environment

    sys.argv = put_flags_into_environment(sys.argv)
    try:
        execute_from_command_line(sys.argv)
    except (InvalidVariable, BrokenDropIn) as error:
        sys.exit(f"Error: {error}")


def joey() -> None:
    """The command `joey`. In the folder of a project it is that project's `manage.py`, as its settings count.

    Otherwise it would serve the project's data without the project's code.
    """
    if Path(_OF_PROJECTS).is_file() and _SETTINGS not in os.environ:  # noqa: TID251 - Django's contract
        os.execv(sys.executable, [sys.executable, _OF_PROJECTS, *sys.argv[1:]])  # noqa: S606
    main()
