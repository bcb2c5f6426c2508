"""Migration files of a test: a folder of its own, and what they say when they are run."""

import ast
import importlib.util
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from collections_app.catalog import forget_catalog
from collections_app.migrating.label import LABEL


def files(folder: Path) -> list[str]:
    """The files in the order of their names, without their stamps."""
    return [path.name.partition("_")[2] for path in sorted(folder.glob("*.*"))]


def operations(path: Path) -> list[Any]:
    spec = importlib.util.spec_from_file_location(f"tested_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Migration.operations


def dependencies(path: Path) -> list[tuple[str, str]]:
    """Read without running the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "dependencies":
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path} has no dependencies")


def run(operation: Any, *, backwards: bool = False) -> None:
    """Run one operation as `migrate` does."""
    with connection.schema_editor(atomic=True) as editor:
        if backwards:
            operation.database_backwards(LABEL, editor, None, None)
        else:
            operation.database_forwards(LABEL, editor, None, None)
    forget_catalog()


def take_back(folder: Path) -> None:
    for path in sorted(folder.glob("*.py"), reverse=True):
        for operation in reversed(operations(path)):
            run(operation, backwards=True)


def apply(folder: Path) -> None:
    for path in sorted(folder.glob("*.py")):
        for operation in operations(path):
            run(operation)


def applied() -> list[str]:
    recorded = MigrationRecorder(connection).migration_qs.filter(app=LABEL).order_by("id")
    return [migration.name for migration in recorded]
