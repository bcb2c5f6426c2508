"""The tables of PocketBase's calls: every row is whole and names a test that there is; no call is missing."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks_of

SEED = ROOT.parent / "shared/seed/pocketbase-docs.txt"
CELL = re.compile(r"(?<!\\)\|")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(?:(\w+)::)?(test_\w+)(?:\[([\w-]+)\])?`")

# What the seed's pages about facilities call.
CALL = re.compile(
    r"\$(?:http|mails|os|security|template)\.\w+"
    r"|\$filesystem\.fileFrom\w+"
    r"|\b(?:cronAdd|cronRemove|routerAdd)\b"
    r"|\b(?:security|template)\.[A-Z]\w+(?=\()"
    r"|\bfilesystem\.New\w+"
    r"|\$?app\.(?:store|cron|logger|logQuery|newMailClient|newFilesystem|subscriptionsBroker|rootCmd)\b"
    r"|\bapp\.(?:Store|Cron|Logger|LogQuery|NewMailClient|NewFilesystem|SubscriptionsBroker|RootCmd)\b"
    r"|\b(?:fsys|client|res|cmd)\.[a-z]\w+(?=\()"
)
# They are on the page about routes.
OF_ROUTES = {"routerAdd", "$os.dirFS"}
FACILITIES = (
    "Logging",
    "Filesystem",
    "Miscellaneous",
    "Realtime messaging",
    "Rendering templates",
    "Sending emails",
    "Jobs scheduling",
    "Console commands",
    "Sending HTTP requests",
)


def tables() -> list[tuple[Path, list[str]]]:
    """The rows of all tables whose last column is "Test", each with its page."""
    found = []
    for page in sorted(ROOT.glob("docs/extending/*.md")):
        is_table = False
        for line in page.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in CELL.split(line)[1:-1]] if line.startswith("| ") else []
            if cells and cells[-1] == "Test":
                is_table = True
            elif cells and is_table:
                found.append((page, cells))
            elif not line.startswith("|"):
                is_table = False
    return found


ROWS = tables()


@cache
def functions_of(path: str) -> frozenset[tuple[str, str]]:
    """The functions of a test file, each with the class that it stands in, or ""."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    scopes = {"": tree.body, **{node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}}
    return frozenset(
        (scope, node.name)
        for scope, body in scopes.items()
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@pytest.mark.parametrize(
    ("page", "cells"), ROWS, ids=[f"{page.stem}-{number}" for number, (page, _) in enumerate(ROWS)]
)
def test_a_row_is_whole_and_its_test_is_there(page, cells):
    assert all(cells)
    found = TEST.fullmatch(cells[-1])
    assert found, f"{cells[-1]} is no test"
    path, scope, name, parameter = found.groups()
    assert (scope or "", name) in functions_of(path), f"{path} has no {name}"
    if name == "test_the_blocks_of_the_page_run":
        assert parameter == page.stem
        assert blocks_of(page)


def test_there_are_tables():
    assert len({page for page, _ in ROWS}) > 15


@pytest.mark.skipif(not SEED.exists(), reason="needs ../shared/seed")
def test_every_call_of_the_facilities_has_a_row():
    said = "\n".join(" ".join(cells[:-2]) for _, cells in ROWS)
    missing = {call for call in CALL.findall(_facilities()) if call not in said} - OF_ROUTES
    assert missing == set()


def _facilities() -> str:
    """The text of the seed's pages about facilities, in both languages."""
    text = SEED.read_text(encoding="utf-8")
    pages = re.split(r"^\[(?:Prev|Next): .*$", text, flags=re.MULTILINE)
    wanted = [
        page
        for page in pages
        if re.search(rf"^(?:{'|'.join(FACILITIES)})$", page.strip()[:200], re.MULTILINE)
    ]
    assert len(wanted) >= 2 * len(FACILITIES) - 3  # two pages are in one language only
    return "\n".join(wanted)
