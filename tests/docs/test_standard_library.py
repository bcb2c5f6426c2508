"""What the page on files, paths and processes names does what PocketBase's calls do."""

import os
import shutil
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from django.conf import settings


def test_paths():
    path = Path("a", "b", "c.tar")
    assert (path.name, str(path.parent), path.suffix, path.as_posix()) == (
        "c.tar",
        "a/b",
        ".tar",
        "a/b/c.tar",
    )
    assert (path.is_absolute(), str(path.relative_to("a")), os.path.split("a/b")) == (
        False,
        "b/c.tar",
        ("a", "b"),
    )
    assert (os.path.normpath("a/../b//c"), "/x:/y".split(os.pathsep)) == ("b/c", ["/x", "/y"])
    assert fnmatchcase("a.txt", "*.txt") and not fnmatchcase("a.TXT", "*.txt")
    assert Path.cwd() == Path(os.getcwd())  # noqa: PTH109 - that is what is compared
    assert Path(settings.JOEY_HOOKS_DIR).is_absolute()


def test_files(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("tést".encode())
    assert (path.stat().st_size, path.read_bytes().decode()) == (5, "tést")
    os.truncate(path, 1)
    other = path.replace(tmp_path / "b.txt")
    assert (other.read_text(), path.exists()) == ("t", False)
    other.unlink()
    assert list(tmp_path.iterdir()) == []


def test_folders(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b").mkdir(parents=True, exist_ok=True)
    (tmp_path / "a" / "b" / "c.txt").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [path.name for path in tmp_path.glob("a/b/*.txt")] == ["c.txt"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "c.txt"]
    assert (tmp_path / "a/../a/b").resolve().is_relative_to(tmp_path)
    assert not (tmp_path / "../x").resolve().is_relative_to(tmp_path)
    shutil.rmtree(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
    assert Path(tempfile.gettempdir()).is_dir()


def test_processes(monkeypatch):
    script = "import os, sys; print(sys.argv[1], os.environ.get('SHOP_KEY', '')); raise SystemExit(3)"
    monkeypatch.setenv("SHOP_KEY", "secret")
    command = [sys.executable, "-c", script, "a"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: S603 - our own words
    assert (done.stdout, done.returncode) == ("a secret\n", 3)
    endless = [sys.executable, "-c", "import time; time.sleep(3600)"]
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(endless, timeout=0.1)  # noqa: S603
