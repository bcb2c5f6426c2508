"""`manage.py backup`: what it says, and what it turns down. Real restores: tests/process/test_backups.py."""

import pytest
from django.core.management import CommandError, call_command

from platform_app.database.replacing import is_ordered
from system_app.backups.creating import create_backup
from system_app.backups.turns import taking_turns
from tests.system_app.backups.conftest import needs_sqlite

pytestmark = [pytest.mark.django_db(databases=("default", "auxiliary")), needs_sqlite]


def run(capsys, *arguments: str) -> list[str]:
    call_command("backup", *arguments)
    return capsys.readouterr().out.splitlines()


def test_create_list_and_verify(directory, capsys):
    (line,) = run(capsys, "create", "one.zip")
    assert line.startswith("Made one.zip (")
    first, last = run(capsys, "list")
    assert first.split()[2] == "one.zip"
    assert last == "1 backups."
    (directory / "storage/pbc_notes/n3").mkdir()
    (directory / "storage/pbc_notes/n3/gone_2.png").write_text("it is there again")
    run(capsys, "create", "two.zip")
    assert run(capsys, "verify", "two.zip") == [
        "3 collections with 4 records, and 5 files.",
        "two.zip is good.",
    ]


def test_verify_names_files_that_are_missing(directory, capsys):
    create_backup("one.zip")
    with pytest.raises(CommandError, match="can be restored, but not all files are in it"):
        call_command("backup", "verify", "one.zip")
    assert "  notes/n3/gone_2.png" in capsys.readouterr().out
    assert list((directory / ".pb_temp_to_delete").iterdir()) == []


REFUSALS = [
    pytest.param(["create", "One.zip"], "A name has small letters", id="name"),
    pytest.param(["create", "one.zip"], "There is a backup one.zip already", id="there"),
    pytest.param(["verify", "two.zip"], "There is no backup two.zip", id="missing"),
    pytest.param(["restore", "two.zip", "--yes"], "There is no backup two.zip", id="missing_to_restore"),
    pytest.param(["restore", "./two.zip", "--yes"], r"There is no file ./two.zip", id="missing_file"),
    pytest.param(
        ["restore", "text.zip", "--yes"], "The archive is damaged: File is not a zip file", id="text"
    ),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSALS)
def test_refusals(directory, arguments, message):
    create_backup("one.zip")
    (directory / "backups/text.zip").write_text("text")
    with pytest.raises(CommandError, match=message):
        call_command("backup", *arguments)
    assert not is_ordered()


def test_it_asks_before_it_restores(directory, monkeypatch):
    create_backup("one.zip")
    monkeypatch.setattr("builtins.input", lambda prompt: "n")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("backup", "restore", "one.zip")
    assert not is_ordered()


def test_another_one_runs(directory):
    with taking_turns("backup", "x.zip"), pytest.raises(CommandError, match="Another backup or restore has"):
        call_command("backup", "create")
