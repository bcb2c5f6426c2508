"""Drop-in files: what of `pb_hooks` is loaded, in which order, and what a broken file does to the start."""

import subprocess
import sys
from pathlib import Path

import pytest

from system_app.drop_ins.errors import BrokenDropIn
from system_app.drop_ins.loading import PACKAGE, load_drop_ins
from tests.served import ROOT, manage


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A hooks folder; what is imported from it is forgotten after the test."""
    before = set(sys.modules)
    made = tmp_path / "pb_hooks"
    made.mkdir()
    yield made
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == PACKAGE:
            del sys.modules[name]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")


def test_a_folder_that_is_missing_has_no_files(tmp_path):
    assert load_drop_ins(tmp_path / "nowhere") == []


def test_files_are_loaded_in_the_order_of_their_names(folder):
    note = "from pb_hooks._order import order\norder.append(__name__)\n"
    write(folder, b=note, a=note, **{"10_c": note, "d-e": note}, _order="order = []\n")
    assert load_drop_ins(folder) == ["10_c.py", "a.py", "b.py", "d-e.py"]
    assert sys.modules["pb_hooks._order"].order == [
        "pb_hooks.10_c",
        "pb_hooks.a",
        "pb_hooks.b",
        "pb_hooks.d-e",
    ]


@pytest.mark.parametrize(
    "name", ["_helper.py", ".hidden.py", "~old.py", "posts.pb.js", "posts.pyc", "read.me"]
)
def test_other_files_are_not_loaded(folder, name):
    (folder / name).write_text("raise ValueError", encoding="utf-8")
    assert load_drop_ins(folder) == []


def test_sub_packages_are_for_the_files_to_import(folder):
    (folder / "shop").mkdir()
    write(folder / "shop", prices="price = 3\n", broken="raise ValueError\n")
    write(folder, a="from pb_hooks.shop.prices import price\n", b="from .shop import prices\n")
    assert load_drop_ins(folder) == ["a.py", "b.py"]
    assert sys.modules["pb_hooks.a"].price == 3


def test_a_file_hides_no_module_of_the_same_name(folder):
    write(folder, email="import email.message\n\nkind = email.message.Message\n")
    load_drop_ins(folder)
    assert sys.modules["pb_hooks.email"].kind.__module__ == "email.message"


def test_what_the_folder_s_own_package_does_is_done_first(folder):
    write(folder, __init__="limit = 7\n", a="from pb_hooks import limit\n")
    load_drop_ins(folder)
    assert sys.modules["pb_hooks.a"].limit == 7


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("x = 1\nx = y\n", "a.py, line 2: NameError: name 'y' is not defined", id="name"),
        pytest.param("x = (\n", "a.py, line 1: SyntaxError: '(' was never closed", id="syntax"),
        pytest.param(
            "import nothing_like_it\n",
            "a.py, line 1: ModuleNotFoundError: No module named 'nothing_like_it'",
            id="import",
        ),
        pytest.param(
            "from pb_hooks import _b\n",
            "_b.py, line 1: ZeroDivisionError: division by zero",
            id="in_a_helper",
        ),
        pytest.param("import json\njson.loads('{')\n", "a.py, line 2: JSONDecodeError: ", id="in_a_library"),
        pytest.param("raise SystemExit(0)\n", "a.py, line 1: SystemExit: 0", id="exit"),
        pytest.param("raise ValueError('a\\n  b')\n", "a.py, line 1: ValueError: a b", id="several_lines"),
    ],
)
def test_a_broken_file_is_named_with_its_line(folder, text, problem):
    write(folder, a=text, _b="1 / 0\n")
    with pytest.raises(BrokenDropIn) as caught:
        load_drop_ins(folder)
    assert str(caught.value).startswith(f"{folder}/{problem}")
    assert "\n" not in str(caught.value)


def test_a_name_with_a_dot_is_refused(folder):
    write(folder, **{"posts.pb": ""})
    with pytest.raises(BrokenDropIn, match=r"posts\.pb\.py: the name of a module cannot have a dot in it"):
        load_drop_ins(folder)


# --- in processes -----------------------------------------------------------------------------------

GREET = """
from django.core.management.base import BaseCommand
from joey import command


@command("greet")
class Greet(BaseCommand):
    help = "Greets."

    def handle(self, **options):
        self.stdout.write("Hello!")
"""


def run(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = manage(tmp_path / "pb_data", *arguments, PORT="0")
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)  # noqa: S603


@pytest.mark.parametrize("command", [["serve"], ["qcluster"], ["crons", "list"]], ids=" ".join)
def test_a_broken_file_stops_every_start_in_one_line(tmp_path, folder, command):
    write(folder, a="nothing()\n")
    done = run(tmp_path, *command)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"Error: {folder}/a.py, line 1: NameError: name 'nothing' is not defined\n",
    )


def test_a_command_of_a_file_is_a_management_command(tmp_path, folder):
    write(folder, a=GREET)
    assert run(tmp_path, "greet").stdout == "Hello!\n"
    assert (tmp_path / "pb_data" / "data.db").exists()  # what it may work on
    assert "\n    greet\n" in run(tmp_path, "help").stdout


def test_a_command_that_there_is_already_is_refused(tmp_path, folder):
    write(folder, a=GREET.replace("greet", "migrate"))
    done = run(tmp_path, "crons", "list")
    assert done.returncode == 1
    assert "a.py, line 6: ValueError: there is a command 'migrate' already" in done.stderr


def test_two_commands_of_one_name_are_refused(tmp_path, folder):
    write(folder, a=GREET, b=GREET)
    done = run(tmp_path, "crons", "list")
    assert done.returncode == 1
    assert "b.py, line 6: ValueError: there is a command 'greet' already, in pb_hooks" in done.stderr


def test_jobs_by_the_clock_may_stand_in_a_file(tmp_path, folder):
    write(
        folder,
        a="from joey import cron\n\n\n@cron('tidy', '*/5 * * * *')\ndef tidy():\n    print('tidied')\n",
    )
    assert "tidy " in run(tmp_path, "crons", "list").stdout
    assert run(tmp_path, "crons", "run", "tidy").stdout.startswith("tidied\n")
