"""`manage.py logs tail`: the newest entries on a terminal, and those to come."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from system_app.logs.tail import Tail, UnusableFilter
from system_app.management.commands import logs as command
from system_app.models import Log
from tests.system_app.logs.conftest import LOGS
from tests.system_app.logs.rows import add

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))

REQUEST = {"type": "request", "status": 404, "execTime": 0.25, "auth": "users", "userIP": "1.2.3.4"}


def tail(*arguments):
    out = StringIO()
    call_command("logs", "tail", *arguments, stdout=out, no_color=True)
    return out.getvalue().splitlines()


@pytest.fixture
def stored(log):
    add("a", message="first", level=-4)
    add("b", message="GET /nope", level=8, data={**REQUEST, "error": "File not found.", "details": None})
    add("c", message="sold", level=4, data={"item": "tea", "n": 3})


def test_shows_the_newest_in_order(stored):
    assert tail("-n", "2") == [
        "2026-05-01 10:00:00.123Z ERROR GET /nope "
        '-> 404 0.25 ms by users from 1.2.3.4 error="File not found."',
        '2026-05-01 10:00:00.123Z WARN  sold item="tea" n=3',
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--level", "warn"], ["GET", "sold"], id="level"),
        pytest.param(["--level", "-4"], ["first", "GET", "sold"], id="number"),
        pytest.param(["--filter", "data.status=404"], ["GET"], id="filter"),
        pytest.param(["--filter", "level=8 || level=4", "--level", "error"], ["GET"], id="both"),
        pytest.param(["-n", "0"], [], id="none"),
    ],
)
def test_shows_what_was_asked_for(stored, arguments, words):
    assert [line.split()[3] for line in tail(*arguments)] == words


def test_shows_json(stored):
    assert [json.loads(line)["message"] for line in tail("--json")] == ["first", "GET /nope", "sold"]


def test_a_strangers_text_does_not_move_the_cursor(log):
    add("a", message="GET /\x1b[2J\x9b\n", data={"x": "\x9b1m", "trace": "line\n\x1b[0m"})
    assert all(character.isprintable() for line in tail() for character in line)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--level", "loud"], "--level: expected debug", id="level"),
        pytest.param(["--filter", "x>"], "cannot be read with this filter", id="filter"),
    ],
)
def test_says_what_is_wrong(stored, arguments, words):
    with pytest.raises(CommandError, match=words):
        tail(*arguments)


def test_follows(stored, monkeypatch):
    turns = []

    def pause(seconds):
        turns.append(seconds)
        if len(turns) == 3:
            raise KeyboardInterrupt
        add(f"new{len(turns)}", message=f"new{len(turns)}")

    monkeypatch.setattr(command.time, "sleep", pause)
    assert [line.split()[3] for line in tail("-n", "1", "--follow")] == ["sold", "new1", "new2"]


def test_goes_on_after_the_log_was_emptied(stored):
    following = Tail()
    following.last(1)
    Log.objects.all().delete()
    assert list(following.new()) == []
    add("z", message="after")
    assert [line.message for line in following.new()] == ["after"]


def test_a_filter_that_fits_nothing_stored_is_told(stored):
    with pytest.raises(UnusableFilter):
        Tail("nope=1").last(1)
