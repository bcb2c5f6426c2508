"""What the inline lane remembers of statements that took too long there (platform_app/database/lanes.py)."""

import pytest
from django.db import connection

from collections_app.catalog import catalog, forget_catalog
from platform_app.database import lanes, rows
from platform_app.database.sqlite_driver import sqlite3

# Counts far enough that the budget is spent long before the end, on any machine.
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT MAX(i) FROM n"
)


@pytest.fixture
def lane(db):
    """This thread with the inline lane's guard on its connection, and without it afterwards."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has an inline lane")
    rows.open_inline_lane()
    yield
    raw = connection.connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute("PRAGMA busy_timeout = 10000")
    raw.execute("PRAGMA wal_autocheckpoint = 1000")
    lanes.forget_slow_statements()


def test_a_statement_over_its_budget_moves_to_the_pool_and_is_remembered(lane):
    with pytest.raises(lanes.NeedsPool):
        lanes.run_inline(lambda: rows.fetch_one(ENDLESS))
    assert lanes.is_slow(ENDLESS)


def test_a_loaded_schema_gives_remembered_statements_another_chance(lane):
    with pytest.raises(lanes.NeedsPool):
        lanes.run_inline(lambda: rows.fetch_one(ENDLESS))
    forget_catalog()
    catalog()
    assert not lanes.is_slow(ENDLESS)


def test_a_short_statement_stays_inline(lane):
    assert lanes.run_inline(lambda: rows.fetch_one("SELECT 7")) == (7,)
    assert not lanes.is_slow("SELECT 7")
