"""The plan between two definitions: what happens to the table, and what is left alone."""

from dataclasses import replace
from typing import Any

import pytest

from collections_app.collection import Collection
from collections_app.definitions.scaffolds import field_of, id_field
from collections_app.fields.base import Field
from collections_app.tables.plan import (
    AddColumn,
    CheckViews,
    ConvertColumn,
    CreateIndex,
    CreateTable,
    CreateView,
    DropColumn,
    DropIndex,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
    plan,
)

ID = id_field()
A = field_of("text", "a")
B = field_of("text", "b")
C = field_of("text", "c")
FILES: Any = field_of("file", "files", maxSelect=1)
PICTURES: Any = field_of("file", "pictures", maxSelect=2)


def posts(*fields, name="posts", indexes=(), kind="base", options=None):
    return Collection(
        id="pbc_posts", name=name, type=kind, fields=fields, indexes=indexes, options=options or {}
    )


def named(field: Field, name: str) -> Field:
    return replace(field, name=name)


def index_of(collection, position):
    return collection.parsed_indexes[position].retable(collection.name)


def test_new_collection_gets_a_table_then_its_indexes():
    new = posts(ID, A, indexes=("create index i on other (a)",))
    assert plan(None, new) == [CreateTable(new), CreateIndex(new, index_of(new, 0), 0)]


def test_deleted_collection_loses_its_table():
    old = posts(ID, A, indexes=("create index i on posts (a)",))
    assert plan(old, None) == [DropTable(old)]


def test_views_are_made_anew_by_every_change():
    old = posts(kind="view", name="v", options={"viewQuery": "select id from a"})
    new = posts(kind="view", name="w", options={"viewQuery": "select id from b"})
    assert plan(None, old) == [DropView("v"), CreateView("v", "select id from a")]
    assert plan(old, new) == [DropView("v"), DropView("w"), CreateView("w", "select id from b")]
    assert plan(old, old) == [DropView("v"), CreateView("v", "select id from a")]
    assert plan(old, None) == [DropView("v")]


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        pytest.param((ID, A), (ID, A), [], id="nothing"),
        pytest.param((ID, A, B), (B, ID, A), [], id="order_is_no_matter_of_the_table"),
        pytest.param((ID,), (ID, A), [AddColumn("posts", A), CheckViews("posts", "a")], id="add"),
        pytest.param((ID, A), (ID,), [DropColumn("posts", A)], id="drop"),
        pytest.param(
            (ID, A), (ID, named(A, "b")), [RenameColumn("posts", A, "a", "b")], id="rename_keeps_the_id"
        ),
        pytest.param(
            (ID, A),
            (ID, named(B, "a")),
            [DropColumn("posts", A), AddColumn("posts", named(B, "a")), CheckViews("posts", "a")],
            id="same_name_with_another_id_is_another_column",
        ),
        pytest.param(
            (ID, A, B),
            (ID, named(A, "b"), named(B, "a")),
            [
                RenameColumn("posts", A, "a", "_a"),
                RenameColumn("posts", B, "b", "a"),
                RenameColumn("posts", A, "_a", "b", was_parked=True),
            ],
            id="swap_parks_one",
        ),
        pytest.param(
            (ID, A, B),
            (ID, A, named(B, "A")),
            [
                RenameColumn("posts", B, "b", "_b"),
                RenameColumn("posts", B, "_b", "A", was_parked=True),
            ],
            id="a_name_that_stays_taken_is_for_the_database_to_refuse",
        ),
        pytest.param(
            (ID, A),
            (ID, A, named(B, "a")),
            [
                AddColumn("posts", named(B, "a"), "_a"),
                RenameColumn("posts", named(B, "a"), "_a", "a", was_parked=True),
                CheckViews("posts", "a"),
            ],
            id="a_new_field_whose_name_stays_taken",
        ),
        pytest.param(
            (ID, A, B),
            (ID, named(A, "b"), named(B, "c")),
            [RenameColumn("posts", B, "b", "c"), RenameColumn("posts", A, "a", "b")],
            id="chain_starts_at_its_free_end",
        ),
        pytest.param(
            (ID, A),
            (ID, named(A, "c"), named(B, "a")),
            [
                RenameColumn("posts", A, "a", "c"),
                AddColumn("posts", named(B, "a")),
                CheckViews("posts", "a"),
            ],
            id="a_new_field_takes_the_old_name",
        ),
        pytest.param((ID, A), (ID, named(A, "A")), [RenameColumn("posts", A, "a", "A")], id="case_only"),
        pytest.param(
            (ID, FILES),
            (ID, replace(FILES, max_select=3)),
            [ConvertColumn("posts", replace(FILES, max_select=3), to_multiple=True)],
            id="single_to_multiple",
        ),
        pytest.param(
            (ID, FILES),
            (ID, PICTURES, A, replace(FILES, max_select=3), B),
            [
                AddColumn("posts", A),
                AddColumn("posts", B),
                AddColumn("posts", PICTURES),
                ConvertColumn("posts", replace(FILES, max_select=3), to_multiple=True),
                CheckViews("posts", "pictures"),
            ],
            id="columns_of_lists_come_last",
        ),
        pytest.param(
            (ID, replace(FILES, max_select=3)),
            (ID, replace(FILES, max_select=5)),
            [],
            id="another_limit_converts_nothing",
        ),
    ],
)
def test_columns(before, after, steps):
    assert plan(posts(*before), posts(*after)) == steps


def test_renamed_table_keeps_its_indexes():
    old = posts(ID, A, indexes=("create index i on posts (a)",))
    new = posts(ID, A, name="articles", indexes=("CREATE INDEX `i` ON `articles` (`a`)",))
    assert plan(old, new) == [RenameTable("posts", "articles")]


def test_unchanged_index_stays_when_a_column_is_added():
    old = posts(ID, A, indexes=("create index i on posts (a)",))
    assert plan(old, posts(ID, A, B, indexes=old.indexes)) == [
        AddColumn("posts", B),
        CheckViews("posts", "b"),
    ]


def test_index_that_mentions_a_touched_column_is_rebuilt_around_it():
    old = posts(ID, A, B, indexes=("create index i on posts (b) where a != ''",))
    new = posts(ID, named(A, "c"), B, indexes=("create index i on posts (b) where c != ''",))
    assert plan(old, new) == [
        DropIndex("i"),
        RenameColumn("posts", A, "a", "c"),
        CreateIndex(new, index_of(new, 0), 0),
    ]


def test_dropped_index_goes_before_its_column():
    old = posts(ID, A, indexes=("create index i on posts (a)",))
    assert plan(old, posts(ID)) == [DropIndex("i"), DropColumn("posts", A)]
