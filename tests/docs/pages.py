"""Pages of the documentation run: their Python blocks, in order, as one module on a new data directory.

`python -m tests.docs.pages docs/extending/hooks.md` runs one, in the data directory that DATA_DIR names and
that is made for it. What counts of a page are its blocks ```` ```python ````, and what readers need not see:

    <!-- python
    assert answer.status_code == 200
    -->

A block of another kind (```` ```py ````, ```` ```sh ````) is not run. Errors name the page and its line.
Requests are made with `django.test.Client()`, mails are in `django.core.mail.outbox`; transactions commit.
"""

import re
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^(?:```python|<!-- python)\n(.*?)^(?:```|-->)$", re.MULTILINE | re.DOTALL)


def blocks_of(page: Path) -> list[str]:
    """The Python blocks of a page, each at the line where it stands there."""
    text = page.read_text(encoding="utf-8")
    return ["\n" * text.count("\n", 0, found.start(1)) + found[1] for found in _BLOCK.finditer(text)]


def run_page(page: Path, name: str = "page") -> ModuleType:
    """Run the blocks of a page as one module, which is importable under this name from then on.

    Raises what they raise, and LookupError for a page without blocks.
    """
    module = sys.modules[name] = ModuleType(name)
    blocks = blocks_of(page)
    if not blocks:
        raise LookupError(f"{page} has no Python blocks")
    for block in blocks:
        exec(compile(block, str(page), "exec"), vars(module))  # noqa: S102 - our own documentation
    return module


def _main(page: str) -> None:
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    from platform_app.database.data_directory import prepare

    prepare()
    setup_test_environment()
    run_page(Path(page))


if __name__ == "__main__":
    _main(sys.argv[1])
