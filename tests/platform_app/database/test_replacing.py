"""The replacement of a data directory: done as a whole, or not at all, whenever it is cut short."""

import errno
import fcntl
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from platform_app.database import replacing
from platform_app.database.replacing import (
    IN_USE,
    JOURNAL,
    CannotUndo,
    Order,
    order_replacement,
    settle,
    take_said,
)

OLD = {
    "data.db": "old rows",
    "data.db-wal": "old log",
    "auxiliary.db": "old logs",
    "storage/c/r/a.txt": "old file",
    "mine/note.txt": "mine",
}
NEW = {"data.db": "new rows", "storage/c/r/b.txt": "new file", "extra.txt": "new"}
STAYING = {"backups/b.zip": "a backup", ".bus/socket": ""}
FOLDER = ".pb_temp_to_delete/restore_1"


class Killed(BaseException):
    """Ends the work at once, as a signal does: nothing in our code catches it."""


@pytest.fixture
def root(tmp_path, settings, monkeypatch):
    """A data directory with an order for another content."""
    for name in ("sync", "fsync"):  # no machine stops here
        monkeypatch.setattr(os, name, lambda *args: None)
    root = tmp_path / "pb_data"
    fill(root, {**OLD, **STAYING})
    fill(root / FOLDER / "new", NEW)
    settings.JOEY_DATA_DIR = root
    monkeypatch.setattr(replacing._process, "database", None)
    monkeypatch.setattr(replacing._process, "said", ())
    replacing.release()
    order_replacement(Order("b.zip", FOLDER, ("backups",)))
    yield root
    replacing.release()


def fill(folder: Path, contents: dict[str, str]) -> None:
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def contents(root: Path) -> dict[str, str]:
    """What there is, but for what is temporary and our lock."""
    return {
        str(path.relative_to(root)): path.read_text()
        for path in root.rglob("*")
        if path.is_file() and FOLDER not in str(path) and path.name != IN_USE
    }


def again(open_new=lambda: None):
    """As another process that starts."""
    replacing.release()
    return settle(open_new)


def test_the_new_content_takes_the_place_of_the_old(root):
    seen = []
    assert settle(lambda: seen.append(contents(root))) == ""
    assert contents(root) == {**NEW, **STAYING}
    assert set(seen[0]) == {*NEW, *STAYING, JOURNAL}
    assert again() is None
    assert contents(root) == {**NEW, **STAYING}
    assert (root / FOLDER / "old/data.db").read_text() == "old rows"


def test_a_directory_that_is_in_use_already_is_not_touched(root):
    settle(lambda: None)
    fill(root / FOLDER / "new", NEW)
    order_replacement(Order("b.zip", FOLDER, ("backups",)))
    assert settle(lambda: None) is None
    assert (root / JOURNAL).exists()


def open_and_fail(root: Path):
    def open_new():
        (root / "data.db-wal").write_text("log of the new rows")
        (root / "auxiliary.db").write_text("made anew")
        raise ValueError("a migration failed")

    return open_new


def test_what_cannot_be_opened_is_undone_with_all_that_opening_made(root, caplog):
    outcome = settle(open_and_fail(root))
    assert outcome == "The restore of b.zip failed, and the old data is back: a migration failed"
    assert contents(root) == {**OLD, **STAYING}
    assert outcome in caplog.text
    assert [one.text for one in take_said()] == [outcome]
    assert take_said() == ()
    assert again() is None


def steps_of(root: Path, monkeypatch, open_new, ends_at: int) -> int:
    """Carry the order out, and be killed before the step of that number; how many steps there were."""
    done = 0

    def counted(function):
        def step(*args, **kwargs):
            nonlocal done
            if done == ends_at:
                raise Killed
            done += 1
            return function(*args, **kwargs)

        return step

    with monkeypatch.context() as patched:
        for name in ("rename", "unlink", "mkdir"):
            patched.setattr(Path, name, counted(getattr(Path, name)))
        patched.setattr(shutil, "copytree", counted(shutil.copytree))
        patched.setattr(shutil, "copy2", counted(shutil.copy2))
        patched.setattr(shutil, "rmtree", counted(shutil.rmtree))
        with suppress(Killed):
            again(open_new)
    replacing.release()
    return done


def refuse_renames(monkeypatch) -> None:
    """As a mount point, or the lower layer of a container's file system."""
    rename = Path.rename

    def refusing(self, target):
        is_far = self.parent != Path(target).parent
        if is_far and ("storage" in {self.name, Path(target).name} or self.name.startswith("data.db")):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refusing)


@pytest.mark.parametrize("opens", [True, False], ids=["opens", "fails_to_open"])
@pytest.mark.parametrize("copies", [False, True], ids=["renames", "copies"])
@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
def test_killed_at_each_step_it_is_old_or_new(root, monkeypatch, opens, copies, twice):
    """Twice: once more while the next start puts the old content back, at every third of its steps."""
    if copies:
        refuse_renames(monkeypatch)
    open_new = (lambda: None) if opens else open_and_fail(root)
    shutil.copytree(root, root.with_name("kept"))
    outcomes = []
    for step in range(200):
        shutil.rmtree(root)
        shutil.copytree(root.with_name("kept"), root)
        if steps_of(root, monkeypatch, open_new, step) < step:
            break
        for second in range(1, 40, 3) if twice else ():
            if steps_of(root, monkeypatch, lambda: None, second) < second:
                break
        again()
        found = contents(root)
        assert found in ({**OLD, **STAYING}, {**NEW, **STAYING})
        outcomes.append(found == {**NEW, **STAYING})
    else:
        pytest.fail("it never came to an end")
    assert len(outcomes) > 10
    assert not any(outcomes[3:8])  # in the middle of it
    if not twice:
        assert outcomes[0]  # ordered, and nothing of it begun: it is done
        assert outcomes[-1] is opens


@pytest.mark.parametrize("opens", [True, False], ids=["opens", "fails_to_open"])
def test_what_cannot_be_renamed_is_copied(root, monkeypatch, opens, caplog):
    refuse_renames(monkeypatch)
    outcome = settle((lambda: None) if opens else open_and_fail(root))
    assert (outcome == "") is opens
    assert contents(root) == {**(NEW if opens else OLD), **STAYING}
    assert "storage is on another device than" in caplog.text


def test_a_copy_that_is_cut_short_loses_nothing(root, monkeypatch):
    copytree = shutil.copytree
    refuse_renames(monkeypatch)

    def half(*args, **options):
        copytree(*args, **options)  # which calls itself for each folder: of the first, part is there
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(shutil, "copytree", half)
        settle(lambda: None)
    assert again() == "The restore of b.zip was cut short: the old data is back."
    assert contents(root) == {**OLD, **STAYING}


def test_a_full_disk_leaves_the_old_content(root, monkeypatch):
    refuse_renames(monkeypatch)

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    assert "No space left on device" in settle(lambda: None)
    assert contents(root) == {**OLD, **STAYING}


def test_old_content_that_cannot_be_put_back_is_named(root, monkeypatch):
    rename = Path.rename

    def failing(self, target):
        if self.parent.name == "old":
            raise PermissionError(errno.EACCES, "no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(CannotUndo, match=f"the old data in .*{FOLDER}/old cannot be moved back"):
        settle(open_and_fail(root))
    monkeypatch.setattr(Path, "rename", rename)
    assert again().endswith("the old data is back.")
    assert contents(root) == {**OLD, **STAYING}


def test_an_order_waits_for_who_uses_the_directory_and_is_dropped_in_the_end(root):
    other = os.open(root / IN_USE, os.O_RDWR | os.O_CREAT)
    fcntl.flock(other, fcntl.LOCK_SH)
    try:
        outcome = settle(lambda: None, seconds=0.2)
    finally:
        os.close(other)
    assert outcome == f"The restore of b.zip is given up: another process goes on using {root}."
    assert contents(root) == {**OLD, **STAYING}


class Database:
    """A database elsewhere, which notes what is asked of it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.error = error

    def put_in(self, new: Path) -> None:
        self.asked.append(f"in {new.name}")
        if self.error:
            raise self.error

    def put_back(self, new: Path) -> None:
        self.asked.append(f"back {new.name}")

    def let_go(self, new: Path) -> None:
        self.asked.append(f"let go {new.name}")


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        pytest.param(None, ["in new", "let go new"], id="taken"),
        pytest.param(OSError("refused"), ["in new", "back new"], id="refused"),
    ],
)
def test_a_database_elsewhere_goes_with_the_files(root, error, asked, monkeypatch):
    database = Database(error)
    monkeypatch.setattr(replacing._process, "database", database)
    settle(lambda: None)
    assert database.asked == asked
    assert contents(root) == {**(OLD if error else NEW), **STAYING}


def test_the_journal_says_where_things_are(root):
    assert json.loads((root / JOURNAL).read_text()) == {
        "name": "b.zip",
        "folder": FOLDER,
        "excluded": ["backups"],
        "state": "ready",
        "entries": [],
    }
