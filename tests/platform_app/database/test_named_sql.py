"""SQL with named parameters, on the engine that the tests run on."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError

from platform_app.database.named_sql import expression, positional, query
from platform_app.database.routers import log_database
from platform_app.database.transactions import on_complete, unit_of_work
from tests.collections_app.articles import make_articles, write


@pytest.fixture(autouse=True)
def _articles(make_collection):
    make_articles(make_collection)


@pytest.fixture
def news():
    write(title="one", status="archived", views=1)
    write(title="two", status="public", views=2, active=True)
    write(title="100%", status="public", views=3)


def test_execute_tells_how_many_rows_it_changed(news):
    assert query("DELETE FROM articles WHERE status = 'archived'").execute() == 1
    assert query("UPDATE articles SET views = views + {:by}", {"by": 2}).execute() == 2
    assert query("SELECT views FROM articles ORDER BY views").column() == [4, 5]


def test_one_is_the_first_row_or_none(news):
    row = query("SELECT title, views, active FROM articles WHERE views = {:n}", {"n": 2}).one()
    assert row == {"title": "two", "views": 2, "active": True}
    assert query("SELECT title FROM articles WHERE views = 9").one() is None


def test_all_are_rows_by_the_names_of_their_columns(news):
    found = query(
        "SELECT title AS name, views FROM articles WHERE views > {:least} ORDER BY views", {"least": 1}
    )
    assert found.all() == [{"name": "two", "views": 2}, {"name": "100%", "views": 3}]
    assert query("SELECT title FROM articles WHERE views > 9").all() == []


def test_column_is_the_first_of_every_row(news):
    assert query("SELECT title, views FROM articles ORDER BY views").column() == ["one", "two", "100%"]


@pytest.mark.parametrize(
    "value",
    ["' OR 1 = 1 --", "{:other}", "%s", "%", "?", '"', "\\", "; DROP TABLE articles"],
)
def test_a_value_means_nothing_but_itself(value):
    write(title=value)
    params = {"value": value, "other": "x"}
    found = query("SELECT title FROM articles WHERE title = {:value} AND title <> {:other}", params)
    assert found.column() == [value]


def test_percents_and_the_same_name_twice(news):
    sql = "SELECT title FROM articles WHERE title LIKE '%0\\%' ESCAPE '\\' AND (views = {:n} OR views = {:n})"
    assert query(sql, {"n": 3}).column() == ["100%"]
    assert query("SELECT title FROM articles WHERE title LIKE '1%'").column() == ["100%"]


@pytest.mark.parametrize(
    "moment", [datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2), "2026-01-02 00:00:00.000Z"]
)
def test_moments_are_sent_as_they_are_stored(moment):
    write(title="then", published="2026-01-02")
    sql = "SELECT title FROM articles WHERE published >= {:from} AND published <= {:to}"
    assert query(sql, {"from": moment, "to": moment}).column() == ["then"]


def test_a_place_without_a_value_is_an_error():
    with pytest.raises(LookupError, match="least"):
        query("SELECT {:least}", {"most": 1}).one()
    with pytest.raises(LookupError, match="least"):
        expression("views > {:least}")


def test_the_databases_errors_are_djangos():
    with pytest.raises(DatabaseError), unit_of_work():
        query("SELECT nothing FROM nowhere").all()


@pytest.mark.django_db(databases=list({"default", log_database()}))
def test_the_logs_may_be_in_a_database_of_their_own():
    log = {"id": "log000000000001", "message": "hello", "moment": datetime(2026, 1, 2, tzinfo=UTC)}
    columns = "id, level, message, data, created"
    added = f"INSERT INTO _logs ({columns}) VALUES ({{:id}}, 0, {{:message}}, '{{}}', {{:moment}})"
    query(added, log, using=log_database()).execute()
    found = query("SELECT message, created FROM _logs WHERE id = {:id}", log, using=log_database()).one()
    assert found == {"message": "hello", "created": "2026-01-02 00:00:00.000Z"}


def test_sql_without_places_is_sent_as_it_is():
    assert positional("SELECT 1", {"unused": 1}) == ("SELECT 1", [])


# --- transactions -----------------------------------------------------------------------------------


def test_a_transaction_is_all_or_nothing(news):
    with pytest.raises(RuntimeError), unit_of_work():
        write(title="three")
        query("DELETE FROM articles WHERE status = 'public'").execute()
        raise RuntimeError("no")
    assert query("SELECT count(*) FROM articles").column() == [3]


def test_transactions_nest(news):
    with unit_of_work():
        query("DELETE FROM articles WHERE status = 'archived'").execute()
        with pytest.raises(RuntimeError), unit_of_work():
            query("DELETE FROM articles").execute()
            raise RuntimeError("no")
    assert query("SELECT count(*) FROM articles").column() == [2]


@pytest.mark.usefixtures("committing")
def test_the_end_is_told_to_who_asked():
    told = []
    with unit_of_work():
        on_complete(told.append)
        assert told == []
    error = RuntimeError("no")
    with pytest.raises(RuntimeError), unit_of_work():
        on_complete(told.append)
        raise error
    on_complete(told.append)
    assert told == [None, error, None]
