"""Extensions of the dashboard: a name, and a folder of static files that an installed app brings along.

    # shop/apps.py
    from admin_ui.extensions import Extension, extensions

    class ShopConfig(AppConfig):
        name = "shop"

        def ready(self) -> None:
            extensions.register(Extension("shop", Path(__file__).parent / "dashboard"))

The files are at `/_/extensions/shop/...`, for everybody. `main.js`, where there is one, is loaded by every
page of the dashboard, with those of the others in one script, `/_/extensions.js`.
Reference: apis/extensions.go, PocketBase v0.39.11.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

SCRIPT = "main.js"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Extension:
    """`name` is part of the address; `folder` holds the files."""

    name: str
    folder: Path


class Extensions:
    """Those of this process, in the order of registering: it is the order of their scripts."""

    def __init__(self) -> None:
        self._registered: dict[str, Extension] = {}

    def register(self, extension: Extension) -> None:
        """Raises ValueError for a name that cannot stand in an address or is taken, and for no folder.

        The same one may come twice: Django says more than once that it is ready when tests change the apps.
        """
        if self._registered.get(extension.name) == extension:
            return
        if not _NAME.fullmatch(extension.name):
            raise ValueError(
                f"{extension.name!r} is no name of an extension: expected letters, digits, _ or -"
            )
        if extension.name in self._registered:
            raise ValueError(f"two extensions of the dashboard are called {extension.name!r}")
        if not extension.folder.is_dir():
            raise ValueError(f"the extension {extension.name!r} has no folder {extension.folder}")
        self._registered[extension.name] = extension

    def find(self, name: str) -> Extension | None:
        return self._registered.get(name)

    def __iter__(self) -> Iterator[Extension]:
        return iter(self._registered.values())

    def script(self) -> bytes:
        """The `main.js` of all, each in a function of its own; b"" when nobody has one.

        It is read anew every time, so that who works on one only has to load the page again.
        """
        return b"".join(_wrapped(extension.folder / SCRIPT) for extension in self)


def _wrapped(path: Path) -> bytes:
    """The line feed is for a script whose last line is a comment."""
    try:
        return b"await (async function(){" + path.read_bytes() + b"\n})();"
    except FileNotFoundError:
        return b""
    except OSError as error:
        logger.warning("a script of the dashboard is left out: %s", error)
        return b""


# Of this process: apps register when they are ready.
extensions = Extensions()
