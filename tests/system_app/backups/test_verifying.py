"""A look at a backup says whether it could be restored, and is remembered for that very file."""

import json
import os
import zipfile

import pytest
from django.db import DEFAULT_DB_ALIAS

from system_app.backups import verdicts as verdicts_module
from system_app.backups import verifying
from system_app.backups.beside import begin_verifying
from system_app.backups.creating import create_backup
from system_app.backups.errors import AnotherRuns, BackupFailed
from system_app.backups.places import backup_place
from system_app.backups.turns import running, taking_turns
from system_app.backups.verdicts import Verdict, keep_verdict, verdicts_of
from system_app.backups.verifying import verify_backup
from system_app.models import Param
from tests.system_app.backups.conftest import needs_sqlite

pytestmark = needs_sqlite


def verdicts():
    return verdicts_of(backup_place().list())


def damaged(directory, name: str = "bad.zip") -> str:
    folder = directory / "backups"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return name


def test_a_good_one(directory):
    key = create_backup("good.zip")
    steps = []
    contents = verify_backup(key, watch=steps.append)
    assert (contents.records, len(contents.missing_files)) == (4, 1)
    (verdict,) = verdicts().values()
    assert verdict.is_good
    assert (verdict.records, verdict.collections, verdict.files, verdict.missing_files) == (
        4,
        contents.collections,
        contents.files,
        1,
    )
    assert {step.work for step in steps} == {"verify"}
    assert (steps[-1].outcome, steps[-1].done_bytes) == ("done", steps[-1].total_bytes)


def test_a_bad_one(directory):
    key = damaged(directory)
    steps = []
    said = "the archive has no data.db, so it is no backup of a data directory"
    with pytest.raises(BackupFailed, match=said):
        verify_backup(key, watch=steps.append)
    assert verdicts()[key].problem == said
    assert steps[-1].outcome == said


def test_nothing_is_left_of_it(directory):
    verify_backup(create_backup("good.zip"))
    assert list((directory / ".pb_temp_to_delete").iterdir()) == []


def test_it_takes_its_turn(directory):
    key = damaged(directory)
    with taking_turns("backup", "other.zip"), pytest.raises(AnotherRuns):
        verify_backup(key)
    assert verdicts() == {}
    seen = []
    with pytest.raises(BackupFailed):
        verify_backup(key, watch=lambda step: seen.append(running()))
    assert {(one.work, one.key) for one in seen} == {("verify", key)}


def test_another_file_of_that_name_has_no_verdict(directory):
    key = damaged(directory)
    keep_verdict(key, Verdict())
    assert verdicts()[key].is_good
    path = directory / "backups" / key
    os.utime(path, (0, 0))
    assert verdicts() == {}


def test_they_are_read_in_one_query(directory, django_assert_num_queries):
    for name in ("a.zip", "b.zip", "c.zip"):
        keep_verdict(damaged(directory, name), Verdict())
    with django_assert_num_queries(1, using=DEFAULT_DB_ALIAS):
        assert len(verdicts()) == 3


def test_the_newest_are_kept(directory, monkeypatch):
    monkeypatch.setattr(verdicts_module, "KEPT", 2)
    for name in ("a.zip", "b.zip", "a.zip", "c.zip"):
        keep_verdict(damaged(directory, name) if name != "a.zip" else "a.zip", Verdict())
    damaged(directory, "a.zip")
    keep_verdict("a.zip", Verdict(problem="x"))
    stored = json.loads(Param.objects.get(id=verdicts_module.ROW_ID).value)
    assert [one["key"] for one in stored] == ["a.zip", "c.zip"]


def test_beside_requests(directory, caplog, monkeypatch):
    kept = []
    # Its thread has a connection of its own, which waits for the test's transaction and would really commit.
    monkeypatch.setattr(verifying, "keep_verdict", lambda key, verdict: kept.append((key, verdict)))
    key = damaged(directory)
    said = "the archive has no data.db, so it is no backup of a data directory"
    with pytest.raises(BackupFailed):
        begin_verifying(key).result(30)
    assert kept == [(key, Verdict(problem=said))]
    assert f"The backup {key} is not good: {said}" in caplog.text
