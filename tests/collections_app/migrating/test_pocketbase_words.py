"""`manage.py migrate` with PocketBase's words: up, down, create, collections, history-sync (system.md 14)."""

import pytest
from django.core.management import CommandError, call_command

from collections_app.migrating.files import file_names, record_applied, write_migration
from tests.collections_app.migrating.project import applied


@pytest.fixture
def folder(db, settings, tmp_path):
    settings.JOEY_MIGRATIONS_DIR = tmp_path / "pb_migrations"
    return settings.JOEY_MIGRATIONS_DIR


@pytest.fixture
def three(folder):
    """Three migrations, of which two are applied."""
    names = []
    for name in ("one", "two", "three"):
        path = write_migration(name, "Empty.", [])
        if name != "three":
            record_applied(path)
        names.append(path.stem)
    return names


def migrate(*arguments, **options):
    call_command("migrate", *arguments, **{"verbosity": 0, **options})


def test_up_applies_all(three):
    migrate("up")
    assert applied() == three


@pytest.mark.parametrize(
    ("arguments", "staying"),
    [
        pytest.param((), 2, id="one"),
        pytest.param(("2",), 1, id="two"),
        pytest.param(("9",), 0, id="more_than_there_are"),
        pytest.param(("-1",), 0, id="all"),
        pytest.param(("0",), 3, id="none"),
    ],
)
def test_down_takes_the_last_ones_back(three, arguments, staying):
    migrate("up")
    migrate("down", *arguments, interactive=False)
    assert applied() == three[:staying]


@pytest.mark.parametrize(
    ("answer", "staying"), [pytest.param("y", 2, id="yes"), pytest.param("", 3, id="no")]
)
def test_down_asks(three, monkeypatch, answer, staying):
    migrate("up")
    monkeypatch.setattr("builtins.input", lambda question: answer)
    try:
        migrate("down", interactive=True)
    except CommandError as error:
        assert str(error) == "Nothing was changed."
    assert applied() == three[:staying]


def test_nobody_to_answer_is_a_no(three, monkeypatch):
    def ask(question):
        raise EOFError

    monkeypatch.setattr("builtins.input", ask)
    with pytest.raises(CommandError, match="nobody to answer"):
        migrate("down", interactive=True)
    assert applied() == three[:2]


def test_down_with_nothing_applied_says_so(folder, capsys):
    migrate("down")
    assert "nothing to take back" in capsys.readouterr().out


def test_create_writes_an_empty_one(three, folder):
    migrate("create", "fill_slugs")
    [name] = set(file_names()) - set(three)
    assert name.endswith("_fill_slugs")
    migrate("up")
    assert applied() == [*three, name]


def test_collections_is_a_snapshot(folder):
    migrate("collections")
    assert [name.split("_", 1)[1] for name in file_names()] == ["collections_snapshot"]


def test_history_sync_forgets_what_has_no_file(three, folder):
    (folder / f"{three[1]}.py").unlink()
    (folder / f"{three[2]}.py").unlink()
    migrate("history-sync")
    assert applied() == three[:1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("down", "x"), "expected how many, got 'x'", id="no_number"),
        pytest.param(("create",), "migrate create NAME", id="no_name"),
        pytest.param(("create", "../x"), "migrate create NAME", id="no_identifier"),
        pytest.param(("sideways",), "No installed app with label 'sideways'", id="no_word"),
    ],
)
def test_what_is_refused(three, arguments, message):
    with pytest.raises(CommandError, match=message):
        migrate(*arguments)
    assert applied() == three[:2]
