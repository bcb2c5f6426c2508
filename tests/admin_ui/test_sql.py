"""The SQL console in the dashboard: it reads, writes when it is told so twice, and keeps what was asked."""

import re
from html import escape, unescape

import pytest

from admin_ui.pages import sql as pages
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.console.kept import keep_last, last_queries, named_queries
from system_app.console.sql_console import MAX_ROWS, QueryFailed, QueryResult
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import sign_in

pytestmark = pytest.mark.django_db

PAGE = "/_/sql/"
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
NUMBERS = "with recursive n(i) as (select 1 union all select i + 1 from n where i < {most}) select i from n"


@pytest.fixture
def admin(client, root):
    sign_in(client)
    return client


def ask(admin, query: str, **more: str) -> str:
    response = admin.post(PAGE, {"query": query, "mode": "read", **more})
    assert response.status_code == 200
    return response.content.decode()


def cells(page: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<td(?: class=\"number-cell\")?>(.*?)</td>", page)]


class TestReading:
    def test_what_was_answered(self, admin):
        page = ask(admin, "select 1 as a, null as b, 'x' as c")
        assert cells(page) == ["1", '<span class="null">NULL</span>', "x"]
        assert '<b class="soft number">1</b> row' in page
        assert re.search(r'<span class="number">\d+ ms</span>', page)
        assert re.findall(r'<th scope="col" class="(.*?)"', page)[1:] == ["number-cell", "", ""]

    def test_whatever_is_in_the_database_is_text(self, admin):
        text = HOSTILE.replace("'", "''")
        page = ask(admin, f"select '{text}' as a, 1 as \"{HOSTILE.replace(chr(34), '')}\"")
        assert escape(HOSTILE) in page
        assert "<img" not in page
        assert "<script>" not in page

    @pytest.mark.parametrize("text", ["delete from _collections", "select 1; delete from _collections"])
    def test_nothing_is_changed_unless_asked_for(self, admin, text):
        page = ask(admin, text)
        assert 'role="alert"' in page
        assert "To change data choose Write above." in page
        assert escape(text) in page

    @pytest.mark.parametrize("text", ["select * from nowhere", " ", "selec"])
    def test_what_is_wrong_with_it(self, admin, text):
        page = ask(admin, text)
        assert '<span class="raw">' in page
        assert "To change data" not in page

    def test_the_first_rows_and_then_the_rest(self, admin):
        page = ask(admin, NUMBERS.format(most=2000))
        assert f'<b class="soft number">{MAX_ROWS}</b> rows<span class="wide-only">, and perhaps more' in page
        first, others = page.split('<tbody id="others">')
        assert (first.count('class="row-number">'), others.count('class="row-number">')) == (251, 750)
        assert '<td class="row-number">251</td><td class="number-cell">251</td>' in others
        assert "Show the other 750 rows" in page

    def test_long_cells_are_cut(self, admin):
        page = ask(admin, f"select '{'x' * 2000}' as a")
        assert "x" * 299 + "…" in page
        assert "x" * 301 not in re.sub(r"<textarea.*?</textarea>|<code>.*?</code>", "", page, flags=re.DOTALL)

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            pytest.param("0", ["2", "9", "10", "NULL"], id="number"),
            pytest.param("-0", ["10", "9", "2", "NULL"], id="descending"),
            pytest.param("7", ["9", "10", "NULL", "2"], id="no_column"),
            pytest.param("x", ["9", "10", "NULL", "2"], id="nonsense"),
        ],
    )
    def test_sorted_by_a_column(self, admin, sort, order):
        page = ask(admin, "values (9), (10), (null), (2)", sort=sort, mode="write")
        assert [re.sub("<.*?>", "", cell) for cell in cells(page)] == order

    def test_more_than_the_api_takes(self, admin):
        page = ask(admin, "x" * 9000)
        assert "The query is too long." in page
        assert "x" * 9000 in page

    def test_a_plan(self, admin):
        page = ask(admin, "select * from _collections where id = 'x'", explain="1")
        assert '<pre class="plan"' in page
        assert "_collections" in page.split('<pre class="plan"')[1].split("</pre>")[0]

    def test_as_csv(self, admin):
        response = admin.post(
            f"{PAGE}csv/", {"query": "select '=1+1' as a, null as b, -2 as c", "mode": "write"}
        )
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response.content == b"a,b,c\r\n'=1+1,,-2\r\n"
        page = admin.post(f"{PAGE}csv/", {"query": "delete from _collections"}).content.decode()
        assert 'role="alert"' in page


class TestWriting:
    """What is written goes to the service of the API, whose connection is its own: so it is replaced here."""

    @pytest.fixture
    def written(self, monkeypatch):
        texts = []

        def run(text):
            texts.append(text)
            if "nowhere" in text:
                raise QueryFailed("no such table: nowhere")
            return QueryResult(affected_rows=2, milliseconds=3)

        monkeypatch.setattr(pages, "run_query", run)
        return texts

    def test_asks_once_more(self, admin, written):
        insert = "insert into posts values ('x'), ('y')"
        page = ask(admin, insert, mode="write")
        assert 'name="confirmed"' in page
        assert written == []
        response = admin.post(PAGE, {"query": insert, "mode": "write", "confirmed": "1"}, follow=True)
        page = response.content.decode()
        assert written == [insert]
        assert "2 rows were changed, in 3 ms." in page
        assert escape(insert) in page
        assert response.redirect_chain

    def test_reading_needs_no_confirmation_and_never_writes(self, admin, written):
        ask(admin, "insert into posts values ('x')", confirmed="1", unlocked="1")
        ask(admin, "insert into posts values ('x')", mode="write", confirmed="1", sort="0")
        ask(admin, "insert into posts values ('x')", mode="write", confirmed="1", explain="1")
        assert written == []

    def test_locked_controls_ask_another_time(self, admin, written):
        save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "hideControls": True}})
        said = {"query": "delete from posts", "mode": "write", "confirmed": "1"}
        assert 'name="unlocked"' in admin.post(PAGE, said).content.decode()
        assert written == []
        admin.post(PAGE, {**said, "unlocked": "1"})
        assert written == ["delete from posts"]

    def test_what_failed_is_told(self, admin, written):
        page = ask(admin, "delete from nowhere", mode="write", confirmed="1")
        assert '<span class="raw">no such table: nowhere</span>' in page
        assert escape("delete from nowhere") in page


class TestKept:
    def test_the_last_ones_are_there_with_what_came_of_them(self, admin, root):
        ask(admin, "select 1 as a")
        page = ask(admin, "select * from nowhere")
        assert [(one.text, one.rows) for one in last_queries(root.pk)] == [
            ("select * from nowhere", -1),
            ("select 1 as a", 1),
        ]
        assert "<code>select 1 as a</code>" in page
        assert "· error" in page
        address = re.search(r'href="(/_/sql/\?kept=\d+)"><span class="small soft">', page)[1]
        assert ">select 1 as a</textarea>" in admin.get(address).content.decode()

    def test_those_of_others_are_theirs(self, admin):
        theirs = keep_last("somebody_else00", "select 'secret'", rows=1, milliseconds=1)
        page = admin.get(f"{PAGE}?kept={theirs.pk}").content.decode()
        assert "secret" not in page
        admin.post(f"{PAGE}kept/", {"query": "x", "forget": str(theirs.pk)})
        assert last_queries("somebody_else00").count() == 1

    def test_a_name_for_everybody(self, admin):
        page = admin.post(
            f"{PAGE}kept/", {"query": "select 1", "name": HOSTILE, "save": "1"}
        ).content.decode()
        assert escape(HOSTILE) in page
        assert ">select 1</textarea>" in page
        assert named_queries().get().text == "select 1"
        found = admin.post(f"{PAGE}kept/", {"query": "other", "forget": str(named_queries().get().pk)})
        assert ">other</textarea>" in found.content.decode()
        assert not named_queries().exists()

    def test_no_name_loses_nothing(self, admin):
        page = admin.post(f"{PAGE}kept/", {"query": "select 1", "name": " ", "save": "1"}).content.decode()
        assert 'id="name-problem"' in page
        assert ">select 1</textarea>" in page

    @pytest.mark.parametrize("query", ["?kept=x", "?kept=99999999999999999999", "?kept=7", "?table=nothing"])
    def test_what_there_is_not(self, admin, query):
        assert "></textarea>" in admin.get(PAGE + query).content.decode()

    def test_a_table_to_look_into(self, admin, make_collection):
        make_collection("things", fields=[{"type": "text", "name": "title"}])
        page = admin.get(f"{PAGE}?table=things").content.decode()
        assert escape('SELECT *\nFROM "things"\nLIMIT 100') in page
        assert "<code>id, title</code>" in page


@pytest.mark.parametrize("path", ["", "csv/", "kept/"])
def test_nobody_gets_in_without_signing_in(client, root, path):
    response = client.get(PAGE + path)
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/_/login/")
