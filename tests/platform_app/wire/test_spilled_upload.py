"""Uploads on the disk under no name."""

from io import SEEK_CUR, SEEK_END

import pytest

from platform_app.wire.spilled_upload import SpilledUpload
from tests.open_files import open_below

CONTENT = b"0123456789" * 20_000


@pytest.fixture
def folder(tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


@pytest.fixture
def upload(folder):
    made = SpilledUpload("a.txt", "text/plain")
    made.write(CONTENT)
    yield made
    made.close()


def test_readers_do_not_move_each_other(upload):
    with upload.reader() as one, upload.reader() as other:
        assert (one.read(5), other.read(3), one.read(5)) == (b"01234", b"012", b"56789")
        assert one.read() == CONTENT[10:]
        assert (one.read(1), other.read(2)) == (b"", b"34")
        assert other.seek(-3, SEEK_END) == len(CONTENT) - 3
        assert other.read() == b"789"
        assert (other.seek(4), other.seek(2, SEEK_CUR), other.read(2)) == (4, 6, b"67")
        with pytest.raises(ValueError, match="no place"):
            other.seek(-1)


def test_it_has_no_name_and_goes_with_the_last_who_has_it_open(folder, upload):
    assert (list(folder.iterdir()), len(open_below(folder))) == ([], 1)
    reader = upload.reader()
    upload.close()
    assert (reader.read(), len(open_below(folder))) == (CONTENT, 1)
    reader.close()
    reader.close()
    assert open_below(folder) == []
