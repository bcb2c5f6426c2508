"""What `docs/extending/` and the page on files show runs: each in a process and a data directory of its own.

How is in `pages.py`.
"""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

from tests.docs.pages import ROOT, blocks_of, run_page
from tests.environment import another_postgresql

PAGES = [
    page
    for page in [*sorted(ROOT.glob("docs/extending/*.md")), ROOT / "docs/reference/files.md"]
    # A page without Python has nothing to run.
    if blocks_of(page)
]
_PATIENCE_SECONDS = 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_the_page_run(page: Path, tmp_path: Path) -> None:
    with ExitStack() as resources:
        is_embedded = connection.vendor == "sqlite"
        variables = {
            "DATA_DIR": str(tmp_path / "pb_data"),
            "DATABASE_URL": "" if is_embedded else resources.enter_context(another_postgresql()),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        settings = [f"{name}={value}" for name, value in variables.items()]
        command = ["/usr/bin/env", *settings, sys.executable, "-m", "tests.docs.pages", str(page)]
        done = subprocess.run(  # noqa: S603 - our own module
            command, cwd=ROOT, capture_output=True, text=True, timeout=_PATIENCE_SECONDS
        )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_error_is_told_with_the_line_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n```python\na = 1\n```\n\n```py\nnot run\n```\n\n<!-- python\nassert a == 2\n-->\n"
    )
    assert len(blocks_of(page)) == 2
    with pytest.raises(AssertionError) as raised:
        run_page(page, "a_page")
    (entry,) = [one for one in raised.traceback if str(one.path) == str(page)]
    assert entry.lineno + 1 == 12


def test_a_page_without_blocks_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Nothing to run\n")
    with pytest.raises(LookupError):
        run_page(page, "a_page")
