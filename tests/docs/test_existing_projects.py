"""What the page on existing projects shows stands in the example, which has tests of its own."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/extending/existing-projects.md"
EXAMPLE = ROOT / "examples/existing_project"
BLOCKS = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_page_has_blocks() -> None:
    assert len(BLOCKS) == 5


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split()[0])
def test_the_block_stands_in_the_example(block: str) -> None:
    files = [*EXAMPLE.glob("bookshop/*.py"), *EXAMPLE.glob("shop/*.py")]
    assert [path.name for path in files if block in path.read_text(encoding="utf-8")] != []
