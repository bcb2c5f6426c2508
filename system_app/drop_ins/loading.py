"""The Python files of `HOOKS_DIR`, imported once per process, in the order of their names.

They are the modules of a package that is called `pb_hooks` whatever the folder is called, so a file finds
what stands beside it: `from pb_hooks._prices import price_of`. The folder itself is on no path: a file called
`email.py` hides nothing.
"""

import sys
import traceback
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from system_app.drop_ins.errors import BrokenDropIn

PACKAGE = "pb_hooks"
# What begins with one of these is not loaded by itself: modules for the other files, and what editors leave.
_NOT_LOADED = ("_", ".", "~", "#")


def load_drop_ins(folder: Path) -> list[str]:
    """Import the folder's files; returns their names. A folder that is missing has none.

    Raises BrokenDropIn for the first one that cannot be imported.
    """
    if not folder.is_dir():
        return []
    try:
        paths = [path for path in sorted(folder.glob("*.py")) if not path.name.startswith(_NOT_LOADED)]
    except OSError as error:
        raise BrokenDropIn(f"{folder} cannot be read: {error.strerror}.") from error
    _open_package(folder)
    for path in paths:
        _load(path)
    return [path.name for path in paths]


def _open_package(folder: Path) -> None:
    """Make the folder a package, with what its `__init__.py` does, if it has one."""
    start = folder / "__init__.py"
    try:
        if start.is_file():
            spec = spec_from_file_location(PACKAGE, start, submodule_search_locations=[str(folder)])
        else:
            spec = ModuleSpec(PACKAGE, None, is_package=True)
            spec.submodule_search_locations = [str(folder)]
        assert spec is not None  # noqa: S101 - the name ends in .py
        package: ModuleType = module_from_spec(spec)
        sys.modules[PACKAGE] = package
        if spec.loader is not None:
            spec.loader.exec_module(package)
    except Exception as error:
        raise _broken(start, error) from error


def _load(path: Path) -> None:
    if "." in path.stem:
        raise BrokenDropIn(f"{path}: the name of a module cannot have a dot in it.")
    try:
        import_module(f"{PACKAGE}.{path.stem}")
    except (Exception, SystemExit) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: BaseException) -> BrokenDropIn:
    place, what = _place_of(path, error), str(error)
    if isinstance(error, SyntaxError):
        what = error.msg
    # One line, whatever the error's own message looks like.
    return BrokenDropIn(f"{place}: {type(error).__name__}: {' '.join(what.split())}")


def _place_of(path: Path, error: BaseException) -> str:
    """Where it went wrong: the innermost line of the folder's files, else the file that was being loaded."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(path.parent)]
    return f"{ours[-1].filename}, line {ours[-1].lineno}" if ours else str(path)
