"""`joey new`: what it makes is served, tested by its own tests, and says what is wrong with a name."""

import subprocess
from pathlib import Path

import pytest

from tests.process.installing import Installed
from tests.served import STOP_SECONDS


@pytest.fixture(scope="module")
def made(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new project."""
    folder = tmp_path_factory.mktemp("new")
    done = installed.run(folder, installed.joey, "new", "mysite")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == ["Made mysite/. To serve it:", "  cd mysite"]
    return folder / "mysite"


def pytest_in(installed: Installed, folder: Path) -> subprocess.CompletedProcess[str]:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    return installed.run(folder, "-m", "pytest", *options)


def test_its_own_tests_pass(installed: Installed, made: Path) -> None:
    done = pytest_in(installed, made)
    assert done.stdout.splitlines()[-1].startswith("4 passed"), done.stdout + done.stderr


def test_its_own_tests_fail_when_the_hook_is_gone(installed: Installed, tmp_path: Path) -> None:
    installed.run(tmp_path, installed.joey, "new", "other")
    hooks = tmp_path / "other" / "hello" / "hooks.py"
    hooks.write_text(hooks.read_text().replace(".strip()", ""))
    done = pytest_in(installed, tmp_path / "other")
    assert done.stdout.splitlines()[-1].startswith("1 failed, 3 passed"), done.stdout + done.stderr
    assert not (tmp_path / "other" / "pb_data").exists()


def test_it_is_served(installed: Installed, made: Path) -> None:
    server = installed.serve(made, "manage.py", "serve")
    try:
        greeting = server.request("GET", "/api/hello/greeting/you")
        health = server.request("GET", "/api/health")
        unknown = server.request("GET", "/api/unknown")
    finally:
        assert server.stop() < STOP_SECONDS
    assert (greeting.status, greeting.body) == (200, b'{"message":"Hello you!"}\n')
    assert (health.status, unknown.status) == (200, 404)
    assert (made / "pb_data" / "data.db").is_file()


def test_in_it_joey_knows_its_apps(installed: Installed, made: Path) -> None:
    jobs = installed.run(made, installed.joey, "crons", "list")
    assert "hello-count-users" in jobs.stdout


def test_an_app_for_it(installed: Installed, tmp_path: Path) -> None:
    installed.run(tmp_path, installed.joey, "new", "site1")
    folder = tmp_path / "site1"
    done = installed.run(folder, installed.joey, "new", "--app", "blog")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("settings.py", "urls.py"):
        path = folder / "site1" / name
        path.write_text(
            path.read_text()
            .replace('["hello",', '["blog", "hello",')
            .replace("urlpatterns = [\n", 'urlpatterns = [\n    path("api/blog/", include("blog.urls")),\n')
        )
    done = pytest_in(installed, folder)
    assert done.stdout.splitlines()[-1].startswith("8 passed"), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["my-site"],
            "CommandError: 'my-site' is not a valid project name. "
            "Please make sure the name is a valid identifier.",
            id="no_identifier",
        ),
        pytest.param(
            ["--app", "json"],
            "CommandError: 'json' conflicts with the name of an existing Python module and cannot be used as "
            "an app name. Please try another name.",
            id="module_of_python",
        ),
        pytest.param(["taken"], "CommandError: 'FOLDER/taken' already exists", id="folder_that_is_there"),
    ],
)
def test_refused(installed: Installed, tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    done = installed.run(tmp_path, installed.joey, "new", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == message.replace("FOLDER", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
