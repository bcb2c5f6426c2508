"""Files of a form are read where its body has them."""

import io
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest

from platform_app.wire.form_files import FormFile, Place
from platform_app.wire.multipart import read_multipart

BODY = b"before" + bytes(range(256)) * 4096 + b"after"
CONTENT = BODY[6:-5]


WHOLE = 6, len(CONTENT)


def form_file(body, place=WHOLE, lock=None):
    return FormFile(Place(body, lock or Lock(), *place), "a.txt", "text/plain")


@pytest.fixture(params=["memory", "disk"])
def body(request, tmp_path):
    if request.param == "memory":
        yield io.BytesIO(BODY)
    else:
        path = tmp_path / "body"
        path.write_bytes(BODY)
        with path.open("rb") as file:
            yield file


def test_the_content_begins_and_ends_where_it_does(body):
    file = form_file(body)
    assert (file.read(), file.read(), file.size) == (CONTENT, b"", len(CONTENT))
    assert b"".join(file.chunks(1000)) == CONTENT


@pytest.mark.parametrize(
    ("offset", "whence", "at"),
    [
        (10, io.SEEK_SET, 10),
        (0, io.SEEK_END, len(CONTENT)),
        (-3, io.SEEK_END, len(CONTENT) - 3),
        (5, io.SEEK_CUR, 7),
        (len(CONTENT) + 9, io.SEEK_SET, len(CONTENT) + 9),
    ],
)
def test_it_can_be_read_from_any_place(body, offset, whence, at):
    reader = form_file(body).reader()
    reader.read(2)
    assert (reader.seek(offset, whence), reader.tell(), reader.read(4)) == (at, at, CONTENT[at : at + 4])


def test_there_is_nothing_before_the_content(body):
    with pytest.raises(ValueError, match="negative"):
        form_file(body).reader().seek(-1, io.SEEK_CUR)


def test_readers_do_not_disturb_each_other(body):
    lock = Lock()
    files = [form_file(body, (at, 100_000), lock) for at in range(0, 800_000, 100_000)]
    with ThreadPoolExecutor(8) as threads:
        contents = list(threads.map(lambda file: b"".join(file.chunks(999)), files))
    assert contents == [BODY[at : at + 100_000] for at in range(0, 800_000, 100_000)]


def test_a_form_makes_no_copy_of_a_file():
    body = io.BytesIO(
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhello\r\n--B--\r\n'
    )
    [file] = read_multipart(body, "B").files["f"]
    with body.getbuffer() as content:
        content[body.getvalue().index(b"hello")] = ord("j")
    assert file.read() == b"jello"


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a.txt", "é b.txt"])
def test_a_name_that_django_refuses_is_kept_beside_another_one(name):
    file = FormFile(Place(io.BytesIO(), Lock(), 0, 0), name, "")
    assert (file.original_name, file.name) == (name, "upload" if len(name) < 3 else name)
