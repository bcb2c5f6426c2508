"""What `pip install` of a wheel gives: the apps with all their files, and the command `joey`."""

import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.process.installing import Installed
from tests.served import ROOT, STOP_SECONDS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = {*PROJECT["tool"]["importlinter"]["root_packages"]}


@pytest.fixture(scope="module")
def names(installed: Installed) -> set[str]:
    with zipfile.ZipFile(installed.wheel) as wheel:
        return set(wheel.namelist())


def test_its_top_level_names_are_the_packages_of_this_tree_and_none_that_others_have(names: set[str]) -> None:
    top = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert top == PACKAGES - {"config"} | {"joey_config"}


def test_every_file_of_a_package_is_in_it(names: set[str]) -> None:
    files = {
        str(path.relative_to(ROOT)).replace(
            "config/", "joey_config/", path.parts[len(ROOT.parts)] == "config"
        )
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and "node_modules" not in path.parts
    }
    assert {name for name in names if ".dist-info/" not in name} == files
    assert len([name for name in names if name.endswith((".html", ".css", ".js", ".mo"))]) > 20


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_type_checkers_may_read_it(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_nothing_names_the_settings_as_they_are_called_here() -> None:
    """In a wheel there is no `config`: not for the apps, and not for the package that is called so here."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"^\s*(from|import) config\b|[\"'`]config\.\w+", line)
    ]
    assert found == []


def test_joey_serves_what_is_in_the_folder_that_it_is_called_in(installed: Installed, tmp_path: Path) -> None:
    server = installed.serve(tmp_path, installed.joey, "serve")
    try:
        health = server.request("GET", "/api/health")
        page = server.request("GET", "/_/login/")
        style = server.request("GET", "/_/static/admin_ui/tokens.css")
        german = server.request("GET", "/_/confirm-verification/", {"Accept-Language": "de"})
    finally:
        assert server.stop() < STOP_SECONDS
    assert (health.status, page.status, style.status) == (200, 200, 200)
    assert "  joey superuser upsert EMAIL PASSWORD\n" in server.output.read_text()
    assert style.body == (ROOT / "admin_ui/static/admin_ui/tokens.css").read_bytes()
    assert b'lang="de"' in german.body
    assert (tmp_path / "pb_data" / "data.db").is_file()


def test_joey_has_the_commands_of_manage_py(installed: Installed, tmp_path: Path) -> None:
    made = installed.run(tmp_path, installed.joey, "superuser", "upsert", "a@example.com", "1234567890")
    refused = installed.run(tmp_path, installed.joey, "superuser", "upsert", "nobody", "1234567890")
    assert (made.returncode, made.stderr) == (0, "")
    assert (tmp_path / "pb_data" / "data.db").is_file()
    assert (refused.returncode, refused.stdout) == (1, "")


def test_in_the_folder_of_a_project_joey_is_its_manage_py(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text("import sys\nprint('ours', sys.argv)\n")
    done = installed.run(tmp_path, installed.joey, "serve", "--workers", "2")
    assert done.stdout == "ours ['manage.py', 'serve', '--workers', '2']\n"
