"""Archives from anywhere: unpacked as they are, or turned down before anything is written."""

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from system_app.backups import archives
from system_app.backups.archives import unpack
from system_app.backups.errors import BackupFailed
from system_app.backups.progress import Progress, nobody


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def archive_of(tmp_path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], **options) -> Path:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def run(path: Path, target: Path) -> int:
    return unpack(path, target, Progress("restore", path.name, nobody))


def test_files_come_out_for_their_owner_only(tmp_path, target):
    path = archive_of(tmp_path, ("data.db", b"rows"), ("storage/", b""), ("storage/c/r/a.txt", b"file"))
    assert run(path, target) == 2
    assert {
        str(file.relative_to(target)): file.read_bytes() for file in target.rglob("*") if file.is_file()
    } == {"data.db": b"rows", "storage/c/r/a.txt": b"file"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in target.rglob("*") if file.is_file()} == {0o600}
    assert {stat.S_IMODE(file.stat().st_mode) for file in target.rglob("*") if file.is_dir()} == {0o700}


def test_files_keep_their_times_where_the_archive_says_them(tmp_path, target):
    info = zipfile.ZipInfo("a")
    info.extra = struct.pack("<2HBL", 0x5455, 5, 1, 1_700_000_000)
    run(archive_of(tmp_path, (info, b"x")), target)
    assert (target / "a").stat().st_mtime == 1_700_000_000


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


OUTSIDE = "the archive has a file outside of its folder"
BAD_ENTRIES = [
    pytest.param("../evil", OUTSIDE, id="above"),
    pytest.param("storage/../../evil", OUTSIDE, id="above_by_a_detour"),
    pytest.param("/etc/evil", OUTSIDE, id="absolute"),
    pytest.param("a//b", OUTSIDE, id="no_name"),
    pytest.param("./a", OUTSIDE, id="dot"),
    pytest.param("..", OUTSIDE, id="dots"),
    pytest.param(link("storage"), "the archive has a link or device", id="link"),
]


@pytest.mark.parametrize(("name", "message"), BAD_ENTRIES)
def test_entries_that_no_backup_has(tmp_path, target, name, message):
    path = archive_of(tmp_path, ("data.db", b"rows"), (name, b"/etc"), ("last", b""))
    with pytest.raises(BackupFailed, match=message):
        run(path, target)
    assert list(target.iterdir()) == []
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.zip", "target"]


def no_zip(path: Path) -> None:
    path.write_bytes(b"PK, it says")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)


def encrypted(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)


def unknown_method(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\1\2", 10), (b"PK\3\4", 8)):
        content[content.index(mark) + offset] = 99
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(no_zip, "the archive is damaged: File is not a zip file", id="no_zip"),
        pytest.param(cut_off, "the archive is damaged: File is not a zip file", id="cut_off"),
        pytest.param(flipped, "the archive is damaged: ", id="flipped_bits"),
        pytest.param(encrypted, "the archive is encrypted", id="encrypted"),
        pytest.param(unknown_method, "the archive is damaged: .*not supported", id="unknown_method"),
        pytest.param(Path.unlink, "the archive cannot be unpacked: .*No such file", id="gone"),
    ],
)
def test_damaged_archives(tmp_path, target, spoil, message):
    path = archive_of(tmp_path, ("data.db", os.urandom(5000)))
    spoil(path)
    with pytest.raises(BackupFailed, match=message):
        run(path, target)


def test_two_files_of_one_name(tmp_path, target):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = archive_of(tmp_path, ("a", b"1"), ("a", b"2"))
    with pytest.raises(BackupFailed, match="two files of one name"):
        run(path, target)


def test_a_bomb_by_its_ratio(tmp_path, target, monkeypatch):
    monkeypatch.setattr(archives, "_HARMLESS_BYTES", 1_000_000)
    path = archive_of(tmp_path, ("zeros", bytes(2_000_000)))
    with pytest.raises(BackupFailed, match=r"would become \d+ times larger: 2,000,000 bytes"):
        run(path, target)
    assert list(target.iterdir()) == []


def test_more_than_the_disk_has_room_for(tmp_path, target, monkeypatch):
    monkeypatch.setattr("system_app.backups.room.room_bytes", lambda folder: 1000)
    path = archive_of(tmp_path, ("a", os.urandom(1001)))
    with pytest.raises(BackupFailed, match="not enough room: 1,001 bytes are needed, and there are 1,000"):
        run(path, target)
    assert list(target.iterdir()) == []


def test_more_entries_than_memory_should_hold(tmp_path, target, monkeypatch):
    monkeypatch.setattr(archives, "MOST_ENTRIES", 2)
    path = archive_of(tmp_path, ("a", b""), ("b", b""), ("c", b""))
    with pytest.raises(BackupFailed, match="the archive has 3 entries, and 2 are the most"):
        run(path, target)


def test_an_entry_that_lies_about_its_size_is_found_out(tmp_path, target):
    path = archive_of(tmp_path, ("a", b"0123456789"))
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\1\2")
    content[at + 24 : at + 28] = struct.pack("<L", 4)
    path.write_bytes(content)
    with pytest.raises(BackupFailed, match="the archive is damaged: Bad CRC-32"):
        run(path, target)
