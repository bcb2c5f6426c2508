"""The server process that is attacked: a new data directory with a superuser."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.served import ROOT, Server, manage, start

EMAIL = "attacked@example.com"
SUPERUSER_PASSWORD = "attacked 1234567890"


@contextmanager
def attacked(folder: Path, **variables: Any) -> Iterator[Server]:
    """A server on a new directory in `folder`; `variables` are as for `tests.served.environment`."""
    data_dir = folder / "pb_data"
    upsert = manage(data_dir, "superuser", "upsert", EMAIL, SUPERUSER_PASSWORD, **variables)
    subprocess.run(upsert, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    server = start(data_dir, **variables)
    try:
        yield server
    finally:
        server.stop()
