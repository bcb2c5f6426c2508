"""JSON that one of the databases has trouble with: no stored value may fail the requests of others."""

import pytest

from collections_app.filterlang.dialects import sqlite_sql
from collections_app.filterlang.dialects.base import Column
from tests.collections_app.filterlang.engines import SqliteEngine, open_engine, postgresql_url

STORED = {
    "infinite": "1e400",
    "minus_infinite": "-1e400",
    "infinite_inside": '{"x":1e400}',
    "number": "1",
    "object": '{"x":1}',
    "list": '["\\ud800",2]',
    "text": "plain",
    "deep": "[" * 3000 + "]" * 3000,
    "nothing": None,
}


@pytest.fixture(params=["as_this_version_can", "as_an_older_version_can"])
def engine(request, monkeypatch):
    if request.param == "as_an_older_version_can":
        monkeypatch.setattr(sqlite_sql, "_WRITES_INFINITY", (99,))
    engine = SqliteEngine()
    engine.execute('CREATE TABLE "t" ("id" TEXT, "data" JSON)')
    for row in STORED.items():
        engine.execute('INSERT INTO "t" VALUES (?, ?)', row)
    yield engine
    engine.connection.close()


def ids(engine, condition):
    return {row[0] for row in engine.execute(f'SELECT "id" FROM "t" WHERE {condition}')}


def column(engine):
    return engine.dialect.column(Column("t", "data", "any"))


@pytest.mark.parametrize(
    ("path", "condition", "found"),
    [
        pytest.param(
            (), "> 0", {"infinite", "number", "object", "list", "text", "deep", "infinite_inside"}, id="more"
        ),
        pytest.param((), "< 0", {"minus_infinite"}, id="less"),
        pytest.param((), "= 'plain'", {"text"}, id="text"),
        pytest.param(("x",), "> 1", {"infinite_inside"}, id="infinite_member"),
        pytest.param(("x",), "= 1", {"object"}, id="member"),
        pytest.param((0,), "IS NOT NULL", {"list"}, id="item"),
    ],
)
def test_what_a_path_leads_to(engine, path, condition, found):
    value = engine.dialect.json_value(column(engine), path)
    assert ids(engine, f"{engine.dialect.render(value.sql)} {condition}") == found


def test_lengths(engine):
    length = engine.dialect.render(engine.dialect.list_length(column(engine)).sql)
    assert ids(engine, f"{length} = 2") == {"list"}
    assert ids(engine, f"{length} = 0") == {"nothing"}
    assert ids(engine, f"{length} = 1") == set(STORED) - {"list", "nothing"}


def test_elements(engine):
    elements = engine.dialect.render(engine.dialect.elements_of_column(column(engine)))
    assert ids(engine, f'EXISTS (SELECT 1 FROM {elements} WHERE "value" = 9e999)') == {"infinite"}
    assert ids(engine, f'EXISTS (SELECT 1 FROM {elements} WHERE "value" = -9e999)') == {"minus_infinite"}
    assert ids(engine, f'EXISTS (SELECT 1 FROM {elements} WHERE "value" = 2)') == {"list"}


@pytest.mark.skipif(not postgresql_url(), reason="needs TEST_DATABASE_URL")
def test_postgresql_reads_numbers_beyond_doubles_and_half_pairs():
    infinity = float("inf")
    with open_engine("postgresql") as engine:
        numbers = ", ".join(f"joey_number('{text}')" for text in ("1e400", " -1e400 ", "1e-400", "1e5"))
        assert engine.execute(f"SELECT {numbers}") == [(infinity, -infinity, 0.0, 100000.0)]
        extracted = "(joey_json_extract('[1e400,-1E400]', ARRAY['[1]'])).num"
        assert engine.execute(f"SELECT {extracted}") == [(-infinity,)]
        text = r"\ud800\ud83d\ude00\udc00\\ud800\\\ud800"
        assert engine.execute(f"SELECT joey_json('\"{text}\"') #>> '{{}}'") == [("�😀�\\ud800\\�",)]
