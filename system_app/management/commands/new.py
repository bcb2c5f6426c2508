"""`joey new NAME`: a project to begin with; `joey new --app NAME`: an app for one."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.templates import TemplateCommand

_STARTERS = Path(__file__).resolve().parents[2] / "starters"
# A project begins with this app, as `--app` makes it.
_FIRST_APP = "hello"
_DEFAULTS: dict[str, Any] = {"extensions": ["py", "toml", "md"], "files": []}


class Command(TemplateCommand):
    help = "Make a folder with a project of your own that stands on Joey, or with --app an app for one."
    requires_system_checks: list[str] = []
    # Written down so that no tool takes them for code of ours.
    rewrite_template_suffixes = tuple(
        (f"{suffix}-tpl", suffix) for suffix in (".py", ".toml", ".md", ".gitignore")
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what it is called, as Python names things: letters, digits and _")
        parser.add_argument("--app", action="store_true", help="an app, in the current folder")

    def handle(  # type: ignore[override]  # as Django's own startproject
        self, *args: Any, name: str, app: bool, verbosity: int, **options: Any
    ) -> None:
        self.verbosity = verbosity
        if app:
            self._make("app", name)
            self._say(
                f"Made the app {name}. It is part of a project with",
                f'  INSTALLED_APPS = ["{name}", ...] in its settings.py,',
                f'  path("api/{name}/", include("{name}.urls")) in its urls.py.',
            )
            return
        self._make("project", name)
        first = Path.cwd() / name / _FIRST_APP
        first.mkdir()
        self._make("app", _FIRST_APP, first)
        self._say(
            f"Made {name}/. To serve it:",
            f"  cd {name}",
            "  python manage.py superuser upsert EMAIL PASSWORD",
            "  python manage.py serve",
        )

    def _make(self, kind: str, name: str, folder: Path | None = None) -> None:
        """Without a folder, one that is called so is made here.

        Raises CommandError for a name that cannot be one, or a folder that is there.
        """
        options = {**_DEFAULTS, "template": str(_STARTERS / kind), "verbosity": self.verbosity}
        super().handle(kind, name, None if folder is None else str(folder), first_app=_FIRST_APP, **options)

    def _say(self, *lines: str) -> None:
        if self.verbosity:
            self.stdout.write("\n".join(lines))
