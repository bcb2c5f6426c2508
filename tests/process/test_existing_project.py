"""A project that was there before: our apps, one `include()` and one layer, and it stays what it is."""

import shutil
from pathlib import Path

import pytest

from tests.process.installing import Installed
from tests.served import ROOT, STOP_SECONDS, reserved_port

EXAMPLE = ROOT / "examples" / "existing_project"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "bookshop", ignore=shutil.ignore_patterns("__pycache__", "pb_data"))
    return tmp_path / "bookshop"


def test_its_own_tests_pass(installed: Installed, project: Path) -> None:
    done = installed.run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert "failed" not in done.stdout.splitlines()[-1], done.stdout
    assert not (project / "pb_data").exists()
    assert not (project / "db.sqlite3").exists()


def test_it_has_all_its_migrations(installed: Installed, project: Path) -> None:
    done = installed.run(project, "manage.py", "makemigrations", "--check", "--dry-run")
    assert (done.returncode, done.stdout) == (0, "No changes detected\n"), done.stderr


def test_it_is_served(installed: Installed, project: Path) -> None:
    made = installed.run(project, "manage.py", "superuser", "upsert", "a@example.com", "1234567890")
    assert (made.returncode, made.stderr) == (0, "")
    with reserved_port() as port:
        settings = project / "bookshop" / "settings.py"
        settings.write_text(f"{settings.read_text()}\nJOEY_PORT = {port}\n")
        server = installed.serve(project, "manage.py", "serve", port=port)
    try:
        page = server.request("GET", "/")
        unknown = server.request("GET", "/elsewhere")
        health = server.request("GET", "/api/health")
        signed_in = server.request(
            "POST",
            "/api/collections/_superusers/auth-with-password",
            {"Content-Type": "application/json"},
            b'{"identity": "a@example.com", "password": "1234567890"}',
        )
    finally:
        assert server.stop() < STOP_SECONDS
    assert "/_/" not in server.output.read_text()  # there is no dashboard to look for
    assert (page.status, b"<h1>Bookshop</h1>" in page.body) == (200, True)
    assert (unknown.status, health.status, signed_in.status) == (404, 200, 200)
    assert {path.name for path in project.iterdir()} >= {"db.sqlite3", "pb_data"}
    assert not (project / "pb_data" / "data.db").exists()
