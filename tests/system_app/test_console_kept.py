"""Texts of the SQL console that are kept: ten of each person, and those with a name."""

import pytest

from system_app.console import kept
from system_app.console.kept import UnusableName, forget, keep_last, keep_named, last_queries, named_queries

pytestmark = pytest.mark.django_db


def texts(owner: str) -> list[str]:
    return [query.text for query in last_queries(owner)]


def test_the_last_ten_of_each_person_each_once():
    for number in range(12):
        keep_last("ada", f"select {number}", rows=number, milliseconds=1)
    keep_last("bob", "select 'b'", rows=-1, milliseconds=0)
    keep_last("ada", "select 5", rows=1, milliseconds=1)
    assert texts("ada") == ["select 5", *(f"select {number}" for number in (11, 10, 9, 8, 7, 6, 4, 3, 2))]
    assert texts("bob") == ["select 'b'"]


def test_a_name_has_one_text():
    keep_named("ada", " Reads ", "select 1")
    keep_named("bob", "Reads", "select 2")
    assert [(one.name, one.text, one.owner) for one in named_queries()] == [("Reads", "select 2", "bob")]
    assert texts("bob") == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_unusable_names(name):
    with pytest.raises(UnusableName):
        keep_named("ada", name, "select 1")


def test_there_are_not_endlessly_many_names(monkeypatch):
    monkeypatch.setattr(kept, "MOST_NAMED", 1)
    keep_named("ada", "one", "select 1")
    with pytest.raises(UnusableName):
        keep_named("ada", "two", "select 2")
    keep_named("ada", "one", "select 3")


def test_forgetting_leaves_what_is_others():
    mine = keep_last("ada", "select 1", rows=1, milliseconds=1)
    theirs = keep_last("bob", "select 2", rows=1, milliseconds=1)
    keep_named("bob", "two", "select 2")
    for query_id in (mine.pk, theirs.pk, named_queries().get().pk):
        forget("ada", query_id)
    assert (texts("ada"), texts("bob"), list(named_queries())) == ([], ["select 2"], [])
