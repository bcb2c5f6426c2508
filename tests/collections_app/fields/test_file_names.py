import re

import pytest

from collections_app.fields.file_names import PendingFile, snake_case

R = "[a-z0-9]{10}"


@pytest.mark.parametrize(
    ("original", "content", "shape"),
    [
        ("My Photo.JPG", b"x", rf"my_photo_{R}\.JPG"),
        ("a.tar.gz", b"x", rf"a{R}_{R}\.tar\.gz"),
        ("x.v2.txt", b"x", rf"x{R}_{R}\.v2\.txt"),
        ("image_!@ special", b"\x89PNG\r\n\x1a\n", rf"image_special_{R}\.png"),
        ("a.b.c.?.?.?.2", b"x", rf"a_b_c_{R}\.2"),
        (".png", b"x", rf"{R}_{R}\.png"),
        ("plain", b"hello", rf"plain_{R}\.txt"),
        ("plain", b"\0\x01\x02", rf"plain_{R}"),
        ("", b"hello", rf"{R}_{R}\.txt"),
        ("..", b"hello", rf"{R}_{R}\.txt"),
        ("ümläut.txt", b"x", rf"ml_ut_{R}\.txt"),
        ("../../etc/passwd.conf", b"x", rf"{R}_{R}\.etcpasswd\.conf"),
        ("a" * 150 + ".txt", b"x", rf"a{{100}}_{R}\.txt"),
        ("b" * 400 + ".txt", b"x", rf"b{{100}}_{R}\.txt"),
        ("long." + "e" * 30, b"x", rf"long_{R}\.e{{20}}"),
    ],
)
def test_stored_name(original, content, shape):
    name = PendingFile.from_bytes(original, content).name
    assert re.fullmatch(shape, name), name


@pytest.mark.parametrize(
    ("text", "snake"),
    [
        ("myTestDB", "my_test_db"),
        ("ABC", "abc"),
        ("a-b c__d", "a_b_c_d"),
        ("a1B2", "a1_b2"),
        ("", ""),
        ("é", ""),
    ],
)
def test_snake_case(text, snake):
    assert snake_case(text) == snake


def test_content_can_be_read_more_than_once():
    pending = PendingFile.from_bytes("a.txt", b"hello")
    assert [pending.open().read(), pending.open().read(), pending.size_bytes] == [b"hello", b"hello", 5]


def test_a_file_of_this_machine_is_read_when_it_is_stored(tmp_path):
    path = tmp_path / "My Report.txt"
    path.write_bytes(b"hello")
    pending = PendingFile.from_path(path)
    assert (pending.original_name, pending.size_bytes) == ("My Report.txt", 5)
    with pending.open() as content:
        assert content.read() == b"hello"
