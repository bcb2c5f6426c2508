"""Places for the files of records: a folder, a bucket, and a server that misbehaves."""

from functools import cache

import botocore.session
import pytest

from files_app import s3_transport
from files_app.local_storage import LocalRecordStorage
from files_app.s3_storage import S3RecordStorage
from tests.files_app.s3_servers import Told, new_bucket


@pytest.fixture(scope="session", autouse=True)
def _models_read_once():
    """botocore reads its descriptions of services for every client anew, which is most of what one takes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture
def local(tmp_path):
    return LocalRecordStorage(location=tmp_path)


@pytest.fixture
def bucket():
    """A storage in an empty bucket."""
    return S3RecordStorage(new_bucket())


@pytest.fixture(params=["local", "bucket"])
def storage(request):
    """Each test is about both."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def told(request):
    """Starts a server that answers as it is told."""

    def start(*answers):
        server = Told(*answers)
        request.addfinalizer(server.stop)
        return server

    return start


@pytest.fixture
def impatient(monkeypatch):
    """What takes long is given up at once."""
    monkeypatch.setattr(s3_transport, "SECONDS", 0.2)
    monkeypatch.setattr(s3_transport, "BYTES_PER_SECOND", 10**9)
