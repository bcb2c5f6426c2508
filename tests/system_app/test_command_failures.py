"""Commands that fail say so in one line, with a status other than 0 (platform_app/commands.py)."""

import errno
import subprocess

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import OperationalError, connection

from platform_app import commands
from platform_app.database import disk_room
from platform_app.database.data_directory import DataDirectoryUnusable
from platform_app.wire.errors import BadRequest
from tests.served import ROOT, manage

FULL = "the disk of {folder} is full, make room on it."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(
            OperationalError("no such table:\n a"),
            "The database cannot be used: no such table: a.",
            id="database",
        ),
        pytest.param(OSError(errno.EIO, "Bad", "a/b"), "Bad: a/b.", id="file"),
        pytest.param(OSError("the bucket is away"), "The bucket is away.", id="bucket"),
        pytest.param(
            DataDirectoryUnusable("/x is not a directory."), "/x is not a directory.", id="directory"
        ),
        pytest.param(ImproperlyConfigured("bad key"), "Bad key.", id="settings"),
        pytest.param(BadRequest("No."), "No.", id="refused"),
        pytest.param(
            EOFError(), "There is nobody to answer the question. Nothing was changed.", id="no_answer"
        ),
    ],
)
@pytest.mark.django_db
def test_what_fails_is_one_line(error, said):
    with pytest.raises(CommandError) as failure, commands.in_one_line():
        raise error
    assert str(failure.value) == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(
            OperationalError("disk I/O error"), "The database cannot be used: disk I/O error", id="sqlite"
        ),
        pytest.param(OSError(errno.ENOSPC, "No space left on device"), "[Errno 28] No space left", id="file"),
    ],
)
@pytest.mark.django_db
def test_a_full_disk_is_called_so(error, said, monkeypatch, settings):
    monkeypatch.setattr(disk_room, "is_disk_full", lambda: True)
    with pytest.raises(CommandError) as failure, commands.in_one_line():
        raise error
    assert str(failure.value).startswith(said)
    assert str(failure.value).endswith(FULL.format(folder=settings.JOEY_DATA_DIR))


def test_who_stops_reading_is_no_failure():
    with commands.in_one_line():
        raise BrokenPipeError


def test_our_own_mistakes_keep_their_traceback():
    with pytest.raises(ZeroDivisionError), commands.in_one_line():
        raise ZeroDivisionError


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about a file")
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("files", "orphans"), id="files"),
        pytest.param(("collections", "list"), id="collections"),
    ],
)
def test_a_directory_that_is_not_there(tmp_path, arguments):
    ended = subprocess.run(  # noqa: S603 - our own command
        manage(tmp_path / "pb_data", *arguments), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(
        f"CommandError: There is no database in {tmp_path}/pb_data. DATA_DIR names"
    )
    assert not (tmp_path / "pb_data").exists()


def test_update_says_how_that_is_done(tmp_path):
    ended = subprocess.run(  # noqa: S603 - our own command
        manage(tmp_path / "pb_data", "update"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "docs/how-to/upgrade.md" in ended.stderr


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about a file")
def test_migrate_in_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    ended = subprocess.run(  # noqa: S603 - our own command
        manage(tmp_path / "file/pb_data", "migrate"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith("CommandError: Not a directory: ")
