"""Files that a backup still needs: put aside while it runs, by whoever removes them."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from collections_app.records.storage import FileAttributes
from files_app import keeping as module
from files_app.keeping import KEPT, keeping, kept_paths

PATH = "c/r/a.txt"
BOTH = {PATH, f"{PATH}.attrs"}


@pytest.fixture
def stored(local):
    """A storage with a file and a thumb of it."""
    for path in (PATH, "c/r/thumbs_a.txt/10x10_a.txt", "c/other/b.txt"):
        store(local, path)
    return local


def store(storage, path: str, content: bytes = b"content") -> None:
    storage.store(path, ContentFile(content), FileAttributes("text/plain", "A.txt"))


def files_in(storage) -> set[str]:
    return set(storage.list(""))


REMOVALS = [
    pytest.param(lambda storage: storage.delete(PATH), BOTH, id="file"),
    pytest.param(
        lambda storage: storage.delete_prefix("c/r/"),
        BOTH | {f"c/r/thumbs_a.txt/10x10_a.txt{end}" for end in ("", ".attrs")},
        id="folder",
    ),
]


@pytest.mark.parametrize(("remove", "kept"), REMOVALS)
def test_what_leaves_meanwhile_is_put_aside(stored, tmp_path, remove, kept):
    with keeping(tmp_path) as folder:
        remove(stored)
        assert PATH not in files_in(stored)  # as ever, for everybody else
        assert set(kept_paths(folder)) == kept
        assert (folder / PATH).read_bytes() == b"content"
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


@pytest.mark.parametrize(("remove", "kept"), REMOVALS)
def test_without_a_backup_it_just_goes(stored, tmp_path, remove, kept):
    remove(stored)
    assert not any((tmp_path / path).exists() for path in kept)
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_what_is_kept_is_no_file_of_the_storage(stored, tmp_path):
    with keeping(tmp_path):
        stored.delete("c/other/b.txt")
        assert files_in(stored) == {PATH, "c/r/thumbs_a.txt/10x10_a.txt"}


def test_of_two_files_with_one_path_the_first_is_kept(stored, tmp_path):
    with keeping(tmp_path) as folder:
        stored.delete(PATH)
        store(stored, PATH, b"another")
        stored.delete(PATH)
        assert (folder / PATH).read_bytes() == b"content"
        assert not stored.exists(PATH)


def test_a_file_that_is_gone_already_is_no_error(stored, tmp_path):
    with keeping(tmp_path) as folder:
        stored.delete("c/r/never.txt")
        stored.delete_prefix("c/never/")
        assert set(kept_paths(folder)) == set()


def test_a_backup_that_was_killed_keeps_nothing(stored, tmp_path):
    begin = "from files_app.keeping import keeping; from pathlib import Path; import os, sys\n"
    code = f"{begin}with keeping(Path(sys.argv[1])): os._exit(1)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)  # noqa: S603 - our own code
    assert (tmp_path / KEPT).is_dir()
    stored.delete(PATH)
    assert not stored.exists(PATH)
    assert set(kept_paths(tmp_path / KEPT)) == set()
    assert files_in(stored) == {"c/r/thumbs_a.txt/10x10_a.txt", "c/other/b.txt"}
    with keeping(tmp_path) as folder:
        assert set(kept_paths(folder)) == set()
    assert not list(tmp_path.glob(f"{KEPT}*"))


def test_other_processes_put_aside_too(stored, tmp_path):
    code = (
        "import sys; from django.conf import settings; settings.configure()\n"
        "from files_app.local_storage import LocalRecordStorage\n"
        f"LocalRecordStorage(location=sys.argv[1]).delete({PATH!r})"
    )
    with keeping(tmp_path) as folder:
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)  # noqa: S603 - our own code
        assert set(kept_paths(folder)) == BOTH


def test_a_backup_that_ends_between_look_and_removal_is_no_error(stored, tmp_path):
    with keeping(tmp_path):
        remove = module.removal(str(tmp_path))
    remove(str(tmp_path / PATH))
    assert not (tmp_path / PATH).exists()
    assert not (tmp_path / KEPT).exists()


def test_to_look_costs_one_question(stored, monkeypatch):
    asked = []
    isdir = os.path.isdir
    monkeypatch.setattr(os.path, "isdir", lambda path: asked.append(path) or isdir(path))
    monkeypatch.setattr(fcntl, "flock", lambda *args: pytest.fail("a lock was asked"))
    stored.delete(PATH)
    assert [Path(path).name for path in asked] == [KEPT]
