from tests.admin_ui.dashboard import sign_in
import pytest
from tests.system_app.logs.conftest import LOGS

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))


@pytest.fixture
def admin(client, root):
    sign_in(client)
    return client


def test_it(admin):
    for path in (
        "/_/logs/",
        "/_/logs/?chart=1&superusers=1",
        "/_/logs/?filter=x =",
        "/_/logs/chart/",
        "/_/logs/endpoints/",
        "/_/logs/empty/",
        "/_/sql/",
        "/_/sql/?table=users",
        "/_/logs/?from=2026-11-29T12:00&status=4&level=error",
    ):
        r = admin.get(path)
        assert r.status_code == 200, (path, r.content)
        print(path, len(r.content))
    r = admin.post("/_/sql/", {"query": "select 1 as a, null as b, 'x' as c", "mode": "read"})
    assert r.status_code == 200
    print(r.content.decode()[-5000:])
    for extra in ({"explain": "1"}, {"mode": "write"}, {"sort": "-0"}):
        r = admin.post("/_/sql/", {"query": "select 1 as a, null as b", **extra})
        assert r.status_code == 200
    r = admin.post("/_/sql/kept/", {"query": "select 1", "name": "One", "save": "1"})
    assert r.status_code == 200
    r = admin.post("/_/sql/csv/", {"query": "select 1 as a"})
    assert r.content == b"a\r\n1\r\n"
