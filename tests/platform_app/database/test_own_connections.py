"""What other people's apps want connections to know, they know: every one that is opened."""

import threading

import pytest
from django.db import connection, connections
from django.db.backends.signals import connection_created

from platform_app.database import snapshots
from platform_app.database.rows import fetch_one
from platform_app.database.snapshots import pin

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has extensions of its own")

prepared: list[str] = []


def prepare(connection, **kwargs):
    prepared.append(connection.alias)
    connection.connection.create_function("reverse_text", 1, lambda text: text[::-1])
    connection.connection.execute("PRAGMA mmap_size = 12345")


@pytest.fixture(autouse=True)
def _connected(django_db_setup, django_db_blocker):
    prepared.clear()
    snapshots.close()  # those that other tests have opened
    connection_created.connect(prepare, dispatch_uid="test")
    with django_db_blocker.unblock():
        yield
    connection_created.disconnect(dispatch_uid="test")
    snapshots.close()


def on_a_thread(work):
    found = []

    def run():
        try:
            found.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_every_connection_is_prepared():
    def ask():
        with connections["auxiliary"].cursor() as cursor:
            cursor.execute("SELECT reverse_text('xyz')")
            return fetch_one("SELECT reverse_text('abc')"), cursor.fetchone(), fetch_one("PRAGMA mmap_size")

    assert on_a_thread(ask) == (("cba",), ("zyx",), (12345,))
    assert sorted(prepared) == ["auxiliary", "default"]


def test_what_joey_needs_is_there_first():
    assert on_a_thread(lambda: fetch_one("SELECT joey_strftime('%Y', '2026-01-02')")) == ("2026",)
    assert on_a_thread(lambda: fetch_one("PRAGMA journal_mode")) == ("wal",)


def test_that_of_a_snapshot_is_prepared_too():
    def ask():
        snapshot = pin()
        try:
            with snapshot.reading():
                return fetch_one("SELECT reverse_text('abc')")
        finally:
            snapshot.release()

    assert on_a_thread(ask) == ("cba",)
