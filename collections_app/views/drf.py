"""Django REST framework's view class, imported without what it would drag along.

`rest_framework.compat` tries to import psycopg (through `django.contrib.postgres`) and pygments, for features
that no view here uses; together they are a fifth of the server's start-up time. While it is imported they are
made to look absent, which it knows how to live with.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _absent(*names: str) -> Iterator[None]:
    """Make `import name` fail for modules that nobody imported yet."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: "do not look for it"
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with _absent("django.contrib.postgres", "pygments", "markdown", "coreapi", "uritemplate", "guardian"):
    from rest_framework.views import APIView

__all__ = ["APIView"]
