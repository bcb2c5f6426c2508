"""Examples import what stays where it is: the paths of docs/reference/python.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_public_paths import PUBLIC
from tests.examples.running import EXAMPLES

# The page has all hooks of these; the table names some.
WHOLE = [module for module in PUBLIC if module.endswith(".events")]
OURS = {module.partition(".")[0] for module in PUBLIC}
NAMES = ["blog", "chat", "comments", "webhooks"]


def imported(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in OURS:
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_imports_public_names_alone(name):
    found = {pair for path in (EXAMPLES / name).glob("pb_*/*.py") for pair in imported(path)}
    public = {(module, name) for module, names in PUBLIC.items() for name in names}
    public |= {(module.rpartition(".")[0], module.rpartition(".")[2]) for module in PUBLIC}
    assert found
    assert {(module, name) for module, name in found - public if module not in WHOLE} == set()
