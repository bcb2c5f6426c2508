"""`bootstrap` and `terminate` around a beginning and an end; tests/process/ has them in servers."""

import atexit
from contextlib import suppress

import pytest
from django.core.management import CommandError

from platform_app.database.data_directory import DataDirectoryUnusable
from system_app import process_hooks
from system_app.events import bootstrap, terminate
from system_app.process_hooks import HookFailed, begin, begin_command, end


@pytest.fixture
def log():
    return []


def test_a_generator_runs_around_the_beginning(connect, log):
    def around(event, **kwargs):
        log.append("before")
        yield
        log.append("after")

    connect(bootstrap, around)
    begin(lambda: log.append("opened"))
    assert log == ["before", "opened", "after"]


def test_what_opening_raises_is_not_blamed_on_receivers(connect):
    def around(event, **kwargs):
        yield

    def open_data():
        raise DataDirectoryUnusable("no disk")

    connect(bootstrap, around)
    with pytest.raises(DataDirectoryUnusable, match="^no disk$"):
        begin(open_data)


def broken_inside():
    raise ValueError("two\nlines")


def plain(event, **kwargs):
    broken_inside()


def before_its_yield(event, **kwargs):
    broken_inside()
    yield


def after_its_yield(event, **kwargs):
    yield
    broken_inside()


@pytest.mark.parametrize("receiver", [plain, before_its_yield, after_its_yield], ids=lambda one: one.__name__)
def test_the_receiver_that_fails_is_named(connect, receiver):
    def around(event, **kwargs):
        yield

    connect(bootstrap, around, priority=-1)
    connect(bootstrap, receiver)
    name = f"{__name__}.{receiver.__name__}"
    with pytest.raises(HookFailed) as refusal:
        begin(lambda: None)
    assert str(refusal.value) == f"{name}: two lines"
    with pytest.raises(CommandError) as told:
        begin_command(lambda: None)
    assert str(told.value) == f"bootstrap: {name}: two lines"


def test_one_that_does_not_yield_stops_the_beginning(connect, log):
    def around(event, **kwargs):
        if log:
            yield

    connect(bootstrap, around)
    with pytest.raises(HookFailed, match="a receiver has not yielded"):
        begin(lambda: log.append("opened"))
    assert log == []


def test_one_that_keeps_an_error_to_itself_stops_the_beginning(connect):
    def around(event, **kwargs):
        with suppress(OSError):
            yield

    def open_data():
        raise OSError("no disk")

    connect(bootstrap, around)
    with pytest.raises(HookFailed, match="keeps an error to itself") as refusal:
        begin(open_data)
    assert isinstance(refusal.value.__cause__, OSError)


@pytest.mark.parametrize("is_restart", [True, False])
def test_the_end_tells_whether_it_is_a_restart(connect, log, monkeypatch, is_restart):
    def note(event, **kwargs):
        log.append(event.is_restart)

    connect(terminate, note)
    monkeypatch.setattr(process_hooks, "is_ordered", lambda: is_restart)
    end()
    assert log == [is_restart]


def test_what_fails_at_the_end_is_logged(connect, caplog):
    connect(terminate, plain)
    end()
    assert ("a receiver of terminate failed" in caplog.text, "two" in caplog.text) == (True, True)


def test_commands_in_one_process_end_once(monkeypatch, log):
    monkeypatch.setattr(atexit, "register", lambda step: log.append(step))
    monkeypatch.setattr(atexit, "unregister", lambda step: log.remove(step) if step in log else None)
    begin_command(lambda: None)
    begin_command(lambda: None)
    assert log == [end]
