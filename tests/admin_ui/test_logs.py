"""The log in the dashboard: its list, its chart, one entry, downloads, endpoints, and emptying it."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import escape, unescape

import pytest

from admin_ui.logs import facts
from admin_ui.logs.recent_errors import recent_errors
from admin_ui.pages import logs as pages
from platform_app.database.dates import as_stored
from system_app.models import Log
from tests.admin_ui.dashboard import sign_in
from tests.auth_app.accounts import join
from tests.system_app.logs.conftest import LOGS, log
from tests.system_app.logs.rows import add

__all__ = ["log"]
pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))

LIST = "/_/logs/"
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7*7 }}'
REQUEST = {
    "auth": "",
    "execTime": 1.25,
    "method": "GET",
    "referer": "https://shop.example/cart",
    "remoteIP": "10.0.0.4",
    "status": 200,
    "type": "request",
    "url": "/api/collections/posts/records?page=1",
    "userAgent": "Browser",
    "userIP": "203.0.113.7",
}


@pytest.fixture
def admin(client, root, log):
    """A browser that has signed in; the log has nothing but what the test adds."""
    sign_in(client)
    log.forget_waiting()
    return client


def request(log_id: str, **data) -> None:
    values = {name: data.pop(name) for name in ("level", "created", "message") if name in data}
    add(log_id, **{"message": "GET /api/x", **values}, data={**REQUEST, **data})


def page_of(admin, query: str = "", **headers: str) -> str:
    response = admin.get(LIST + query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def shown(page: str) -> list[str]:
    """Ids of the lines."""
    return re.findall(r'name="ids" value="(\w+)"', page)


def href(page: str, words: str) -> str:
    """Where the link with these words leads."""
    found = re.search(rf'href="([^"]*)"[^>]*>(?:<svg[^>]*><use[^>]*></svg>)?{re.escape(words)}', page)
    assert found, words
    return unescape(found[1])


class TestLines:
    def test_what_a_request_is_told_by(self, admin):
        request("one", status=404, level=8, error="Not there.", execTime=1234.5)
        page = page_of(admin)
        for part in (
            '<span class="method" data-hue="1">GET</span>',
            '<span class="muted">/api/collections/</span>posts/records?page=1',
            '<span class="danger-text">Not there.</span>',
            '<span class="danger-text">404</span>',
            '<b class="warn-text" title="slow">1,234.5</b>',
            "203.0.113.7 ← shop.example/cart",
            '<span class="level error"',
            'datetime="2026-05-01T10:00:00.123Z"',
            'data-moment="time">05-01 10:00:00.123</time>',
        ):
            assert part in page, part

    def test_of_others_the_first_six_keys_and_what_went_wrong(self, admin):
        add("one", message="job", data={**{f"k{n}": n for n in range(8)}, "error": "broken", "details": 1})
        page = page_of(admin)
        assert re.findall(r"(k\d)=</span>", page) == [f"k{n}" for n in range(6)]
        assert '<span class="danger-text">broken</span>' in page
        assert "details=" not in page

    def test_whatever_others_wrote_is_text(self, admin):
        add("one", message=HOSTILE, data={HOSTILE: HOSTILE, "deep": {HOSTILE: [HOSTILE]}})
        request(
            "two", url=HOSTILE, auth=HOSTILE, authId=HOSTILE, error=HOSTILE, userIP=HOSTILE, referer=HOSTILE
        )
        for page in (page_of(admin), *(page_of(admin, f"entries/{one}/") for one in ("one", "two"))):
            assert escape(HOSTILE[:20]) in page
            assert "<img" not in page
            assert "<script>" not in page

    @pytest.mark.parametrize(
        "data",
        [{"auth": 7, "authId": []}, {"status": "many"}, {"execTime": None}, {"url": 1}, {"method": {}}],
        ids=str,
    )
    def test_bears_data_of_other_kinds(self, admin, data):
        request("one", **data)
        assert shown(page_of(admin)) == ["one"]
        assert page_of(admin, "entries/one/")

    def test_people_are_called_by_name_with_one_query_for_each_collection(
        self, admin, make_members, monkeypatch
    ):
        members = make_members()
        member = join("members", "ada000000000000", email="ada@example.com")
        asked = []
        find = facts.find_records
        monkeypatch.setattr(facts, "find_records", lambda *args: asked.append(args) or find(*args))
        for number in range(5):
            request(f"r{number}", auth=members.name, authId=member.id)
        request("gone", auth=members.name, authId="gone00000000000")
        page = page_of(admin)
        assert page.count(f'href="/_/collections/{members.name}/records/{member.id}/"') == 5
        assert f"{members.name} gone00000000000" in page
        assert len(asked) == 1


class TestChoosing:
    @pytest.fixture(autouse=True)
    def _entries(self, admin):
        request("ok", created="2026-05-01 10:00:00.000Z", level=0)
        request("bad", created="2026-05-01 11:00:00.000Z", level=8, status=404)
        request("mine", created="2026-05-01 12:00:00.000Z", auth="_superusers")
        add("job", created="2026-05-01 13:00:00.000Z", level=4, message="sold tea", data={"n": 3})

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            pytest.param("", ["job", "bad", "ok"], id="without_superusers"),
            pytest.param("?superusers=1", ["job", "mine", "bad", "ok"], id="with_superusers"),
            pytest.param(
                "?superusers=0&superusers=1", ["job", "mine", "bad", "ok"], id="as_the_form_sends_it"
            ),
            pytest.param("?level=error", ["bad"], id="level"),
            pytest.param("?level=warn", ["job"], id="warn"),
            pytest.param("?level=loud", ["job", "bad", "ok"], id="no_level"),
            pytest.param("?status=4", ["bad"], id="status"),
            pytest.param("?status=9", ["job", "bad", "ok"], id="no_status"),
            pytest.param("?filter=tea", ["job"], id="term"),
            pytest.param("?filter=shop.example", ["bad", "ok"], id="term_in_data"),
            pytest.param("?filter=data.status%3D200", ["ok"], id="expression"),
            pytest.param("?filter=data.n%3D3||data.status%3D404&level=warn", ["job"], id="or_stays_inside"),
            pytest.param("?filter=level%3E%3D0 // all&status=4", ["bad"], id="comment"),
            pytest.param('?filter=a"b\\', [], id="term_with_a_quotation_mark"),
            pytest.param("?from=2026-05-01T11:00:00Z&until=2026-05-01T13:00:00Z", ["bad"], id="range"),
            pytest.param("?from=2026-05-01T13:00", ["job"], id="since"),
            pytest.param("?from=yesterday", ["job", "bad", "ok"], id="no_moment"),
            pytest.param("?last=24h", [], id="period"),
            pytest.param("?before=x", ["job", "bad", "ok"], id="no_row"),
        ],
    )
    def test_what_is_shown(self, admin, query, found):
        assert shown(page_of(admin, query)) == found

    @pytest.mark.parametrize("text", ["status =", "nothing = 1", "level > 0) || (level < 0"])
    def test_a_wrong_filter_is_told_where_it_stands(self, admin, text):
        response = admin.get(LIST, {"filter": text})
        page = response.content.decode()
        assert (response.status_code, shown(page)) == (200, [])
        assert 'id="filter-problem"' in page
        assert f'value="{escape(text)}"' in page
        assert admin.get(f"{LIST}chart/", {"filter": text}).status_code == 400

    def test_superusers_are_remembered(self, admin):
        page_of(admin, "?superusers=1")
        assert "mine" in shown(page_of(admin))
        page_of(admin, "?superusers=0")
        assert "mine" not in shown(page_of(admin))

    def test_links_keep_what_was_chosen(self, admin):
        page = page_of(admin, "?filter=data.status>1&last=7d&level=error")
        assert re.findall(r'href="([^"]*)" data-level="warn"', page) == [
            "/_/logs/?filter=data.status%3E1&amp;level=warn&amp;last=7d"
        ]

    def test_totals_are_of_all_levels_and_the_line_of_the_chosen_one(self, admin):
        told = admin.get(f"{LIST}chart/?level=error&from=2026-05-01T09:00&until=2026-05-01T14:00").json()
        assert told["totals"] == {"": 3, "debug": 0, "info": 1, "warn": 1, "error": 1}
        assert told["kept"] == 4
        assert [sum(one["values"]) for one in told["series"]] == [1, 1]
        assert len(told["x"]) == len(told["series"][0]["values"])

    def test_the_chart_without_scripts(self, admin):
        page = page_of(admin, "?chart=1&from=2026-05-01T09:00&until=2026-05-01T14:00")
        assert re.search(r'<path class="line" d="M0,', page)
        assert "Entries over time: 3" in page


class TestOlder:
    def test_new_entries_move_nothing(self, admin, monkeypatch):
        monkeypatch.setattr(pages, "PER_PAGE", 2)
        for number in range(5):
            request(f"r{number}")
        page = page_of(admin)
        assert shown(page) == ["r4", "r3"]
        request("r5")
        page = page_of(admin, href(page, "Load older").removeprefix(LIST))
        assert shown(page) == ["r2", "r1"]
        page = page_of(admin, href(page, "Load older").removeprefix(LIST))
        assert shown(page) == ["r0"]
        assert "Load older" not in page

    def test_what_is_new_for_who_follows(self, admin, monkeypatch):
        request("old")
        row = re.search(r'data-newest="(\d+)"', page_of(admin))[1]
        for number in range(3):
            request(f"r{number}", auth="_superusers" if number == 1 else "")
        part = page_of(admin, f"?behind={row}", **{"X-Part": "rows"})
        assert shown(part) == ["r2", "r0"]
        assert "<html" not in part
        assert "data-gap" not in part
        monkeypatch.setattr(pages, "MOST_NEW", 1)
        part = page_of(admin, f"?behind={row}", **{"X-Part": "rows"})
        assert shown(part) == ["r2"]
        assert "data-gap" in part
        newest = re.search(r'data-newest="(\d+)"', part)[1]
        assert shown(page_of(admin, f"?behind={newest}", **{"X-Part": "rows"})) == []


class TestEntry:
    def test_all_keys_in_order(self, admin):
        request("one", zeta=1, alpha=[1, 2], error="Broken.", details={"a": 1}, trace="line\nline", level=8)
        page = page_of(admin, "entries/one/")
        keys = re.findall(r"<dt[^>]*>(\w+)</dt>|code-head[^>]*>(\w+)<", page)
        assert [a or b for a, b in keys] == [
            *("id", "created", "level", "message", "status", "execTime", "type", "auth", "method", "url"),
            *("referer", "remoteIP", "userIP", "userAgent", "zeta", "error", "alpha", "details", "trace"),
        ]
        assert '<dt class="danger-text">error</dt>' in page
        assert '<div class="code-head danger-text">details' in page
        assert "1.25 ms" in page

    def test_beside_the_list_or_alone(self, admin):
        request("one")
        request("two")
        assert shown(page_of(admin, "entries/one/")) == ["two", "one"]
        part = page_of(admin, "entries/one/", **{"X-Part": "panel"})
        assert shown(part) == []
        assert 'id="panel"' in part
        assert admin.get(f"{LIST}entries/gone/").status_code == 404

    def test_what_has_something_in_common(self, admin):
        request("one", url="/api/a?x=1", authId="ada", auth="users", error='It\'s "broken".')
        request("two", url="/api/b", authId="ada", auth="users")
        request("three", url="/api/a?x=2", error='It\'s "broken".')
        page = page_of(admin, "entries/one/")
        for words, found in (
            ("Same address", ["three", "one"]),
            ("Same person", ["two", "one"]),
            ("Same error", ["three", "one"]),
        ):
            assert shown(page_of(admin, href(page, words).removeprefix(LIST))) == found, words

    def test_as_a_file(self, admin):
        request("one")
        response = admin.get(f"{LIST}entries/one/json/")
        assert response["Content-Disposition"] == 'attachment; filename="log_20260501100000123.json"'
        assert response.json() == {
            "id": "one",
            "created": "2026-05-01 10:00:00.123Z",
            "data": REQUEST,
            "message": "GET /api/x",
            "level": 0,
        }

    def test_selected_ones_as_a_file(self, admin):
        for name in ("one", "two", "three"):
            request(name)
        response = admin.post(f"{LIST}download/", {"ids": ["one", "three", "gone"]})
        assert [item["id"] for item in response.json()] == ["three", "one"]
        assert "attachment" in response["Content-Disposition"]


class TestEmptying:
    def test_asks_first(self, admin):
        request("one")
        assert "cannot be undone" in page_of(admin, "empty/")
        assert Log.objects.count() == 1

    def test_empties(self, admin):
        request("one")
        response = admin.post(f"{LIST}empty/", follow=True)
        assert "The log is empty." in response.content.decode()
        assert not Log.objects.filter(id="one").exists()


class TestEndpoints:
    def test_what_requests_took(self, admin):
        for number in range(3):
            request(f"r{number}", execTime=10.0 * (number + 1), status=200 + 200 * (number == 2))
        page = page_of(admin, "endpoints/")
        assert '<span class="truncate">/api/collections/posts/records</span>' in page
        assert re.findall(r'<td class="number-cell">(?:<span[^>]*>)?([\d.]+)', page)[:5] == [
            *("3", "1", "20.0", "30.0", "30.0")
        ]
        assert 'href="/_/logs/entries/r2/"' in page

    def test_a_wrong_filter_and_no_requests(self, admin):
        assert 'role="alert"' in page_of(admin, "endpoints/?filter=nothing%3D1")
        assert "No requests" in page_of(admin, "endpoints/")


class TestNames:
    def test_columns_and_what_entries_have(self, admin):
        add("one", data={"shop": 1, "odd name": 2})

        def names(word):
            options = admin.get(f"{LIST}names/", {"word": word}).json()["options"]
            return [option["name"] for option in options]

        assert names("data.s") == ["data.shop", "data.status"]
        assert names("lev") == ["level"]
        assert names("odd") == []


class TestBadge:
    @pytest.fixture(autouse=True)
    def _counting(self, monkeypatch):
        monkeypatch.setattr(recent_errors, "_until", 0.0)

    def badge(self, admin) -> list[str]:
        return re.findall(
            r'<span class="badge danger"[^>]*>(.*?)</span>', admin.get("/_/jump/").content.decode()
        )

    def test_errors_of_a_day(self, admin):
        now = datetime.now(UTC)
        for number, hours in enumerate((1, 23, 25)):
            request(f"r{number}", level=8, created=as_stored(now - timedelta(hours=hours)))
        assert self.badge(admin) == ["2"]

    def test_is_counted_once_in_a_while(self, admin):
        assert self.badge(admin) == []
        request("one", level=8, created=as_stored(datetime.now(UTC)))
        assert self.badge(admin) == []
        recent_errors.forget()
        assert self.badge(admin) == ["1"]


@pytest.mark.parametrize(
    "path", ["", "chart/", "names/", "empty/", "endpoints/", "entries/one/", "entries/one/json/", "download/"]
)
def test_nobody_gets_in_without_signing_in(client, root, log, path):
    response = client.get(LIST + path)
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/_/login/")


def test_downloads_hold_numbers_as_they_were(admin):
    add("one", data={"big": 12345678901234567890, "small": 0.1})
    assert json.loads(admin.get(f"{LIST}entries/one/json/").content)["data"]["small"] == 0.1
