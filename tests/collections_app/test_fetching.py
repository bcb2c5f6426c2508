"""Records found from Python: by ids, data, filters and conditions, whatever the rules say."""

from datetime import UTC, datetime

import pytest
from django.db.models import Q

from collections_app.fetching import (
    count_records,
    find_all_records,
    find_first_record_by_data,
    find_first_record_by_filter,
    find_record_by_id,
    find_records_by_filter,
    find_records_by_ids,
    new_record,
)
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.finding import record_satisfies
from collections_app.records.reading.expanding import CannotExpand, expand_relations
from collections_app.records.writing.deleting import delete_stored_record
from collections_app.records.writing.saving import save_record, validate
from collections_app.request_info import RequestInfo
from platform_app.database.named_sql import expression
from platform_app.wire.errors import BadRequest, Invalid
from tests.collections_app.articles import hire, make_articles, titles, write


@pytest.fixture(autouse=True)
def articles(make_collection):
    return make_articles(make_collection)


@pytest.fixture
def news():
    """Three articles, oldest first."""
    return [
        write(title="one", status="public", category="news", views=1, published="2026-01-01"),
        write(title="two", status="draft", category="news", views=2, note="x"),
        write(title="three", status="public", category="it's", views=3, tags=["a", "b"]),
    ]


# --- one --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["name", "NAME", "id", "collection"])
def test_a_collection_is_given_by_name_or_id_or_as_it_is(articles, news, how):
    given = {"name": "articles", "NAME": "ARTICLES", "id": articles.id, "collection": articles}[how]
    found = find_record_by_id(given, news[0].id)
    assert (found.id, found["title"]) == (news[0].id, "one")


def test_no_record_is_none_and_no_collection_an_error():
    assert find_record_by_id("articles", "missing") is None
    assert find_first_record_by_data("articles", "title", "missing") is None
    assert find_first_record_by_filter("articles", "title = 'missing'") is None
    with pytest.raises(LookupError, match="nowhere"):
        find_record_by_id("nowhere", "missing")


@pytest.mark.parametrize(
    ("name", "value", "title"),
    [
        pytest.param("title", "two", "two", id="text"),
        pytest.param("views", 3, "three", id="number"),
        pytest.param("published", datetime(2026, 1, 1, tzinfo=UTC), "one", id="moment"),
        pytest.param("note", "x", "two", id="hidden"),
        pytest.param("tags", ["a", "b"], "three", id="several"),
    ],
)
def test_by_data_takes_values_as_their_fields_do(news, name, value, title):
    assert find_first_record_by_data("articles", name, value)["title"] == title


def test_by_data_refuses_a_field_that_is_none():
    with pytest.raises(KeyError, match="nothing"):
        find_first_record_by_data("articles", "nothing", 1)


def test_the_first_by_filter(news):
    found = find_first_record_by_filter(
        "articles", "status = 'public' && category = {:category}", {"category": "it's"}
    )
    assert found["title"] == "three"


# --- several ----------------------------------------------------------------------------------------


def test_by_ids_keeps_their_order_and_leaves_out_what_is_gone(news):
    ids = [news[2].id, "missing", news[0].id, news[2].id]
    assert titles(find_records_by_ids("articles", ids)) == ["three", "one"]
    assert find_records_by_ids("articles", []) == []


@pytest.mark.parametrize(
    ("filter", "params", "options", "expected"),
    [
        pytest.param("", {}, {"sort": "title"}, ["one", "three", "two"], id="everything"),
        pytest.param("", {}, {"sort": "-views", "limit": 2}, ["three", "two"], id="limit"),
        pytest.param("", {}, {"sort": "-views", "limit": 2, "offset": 1}, ["two", "one"], id="offset"),
        pytest.param("", {}, {"sort": "-views", "offset": 2}, ["one"], id="offset_alone"),
        pytest.param("note = {:note}", {"note": "x"}, {}, ["two"], id="hidden_fields"),
        pytest.param("views >= {:least} && views < {:most}", {"least": 2, "most": 2.5}, {}, ["two"], id="n"),
        pytest.param("views = {:n}", {"n": -1}, {}, [], id="negative_number"),
        pytest.param("active = {:on}", {"on": False}, {"sort": "views", "limit": 1}, ["one"], id="bool"),
        pytest.param(
            "meta = {:nothing}", {"nothing": None}, {"limit": 1, "sort": "views"}, ["one"], id="null"
        ),
        pytest.param(
            "published >= {:day}", {"day": datetime(2025, 12, 31, tzinfo=UTC)}, {}, ["one"], id="moment"
        ),
        pytest.param("category = {:c} && status = {:c}", {"c": "news"}, {}, [], id="twice"),
    ],
)
def test_by_filter(news, filter, params, options, expected):  # noqa: A002
    assert titles(find_records_by_filter("articles", filter, params, **options)) == expected


@pytest.mark.parametrize(
    "value",
    ["it's", 'say "hi"', "back\\", '\\" || title != "', "{:value}", "{:other}", "line\nbreak", "%", "a // b"],
)
def test_a_value_means_nothing_but_itself(news, value):
    odd = write(title="odd", category=value)
    params = {"value": value, "other": "news"}
    found = find_records_by_filter("articles", "category = {:value} && title != {:other}", params)
    expected = ["three", "odd"] if value == "it's" else ["odd"]
    assert sorted(titles(found)) == sorted(expected)
    assert odd.id in [record.id for record in found]


def test_a_filter_reaches_through_relations_and_records_stand_for_their_ids(news):
    writer = hire("ann")
    write(title="hers", author=writer)
    assert titles(find_records_by_filter("articles", "author = {:her}", {"her": writer})) == ["hers"]
    assert titles(find_records_by_filter("articles", "author.name = 'ann'")) == ["hers"]


@pytest.mark.parametrize(
    ("filter", "params"),
    [
        pytest.param("title = {:missing}", {"other": 1}, id="no_value"),
        pytest.param("title =", {}, id="no_filter"),
        pytest.param("nothing = 1", {}, id="no_field"),
        pytest.param("title = {:nul}", {"nul": "a\0b"}, id="nul"),
    ],
)
def test_a_filter_that_says_nothing_is_an_error(filter, params):  # noqa: A002
    with pytest.raises(FilterError):
        find_records_by_filter("articles", filter, params)


def test_long_values_are_no_matter_here():
    write(title="long", category="x" * 4000)
    assert titles(find_records_by_filter("articles", "category = {:c}", {"c": "x" * 4000})) == ["long"]


def test_all_and_their_count_fulfil_every_condition(news):
    conditions = [
        Q(status="public"),
        expression("LOWER(title) = {:title}", {"title": "three"}),
    ]
    assert titles(find_all_records("articles", *conditions)) == ["three"]
    assert count_records("articles", *conditions) == 1
    assert sorted(titles(find_all_records("articles"))) == ["one", "three", "two"]
    assert (count_records("articles"), count_records("articles", Q(status="draft"))) == (3, 1)
    assert find_all_records("articles", Q(pk__in=[])) == []


# --- what they are for ------------------------------------------------------------------------------


def test_what_was_found_is_saved_beside_what_others_write(news):
    (found,) = find_all_records("articles", Q(title="one"))
    (same,) = find_records_by_filter("articles", "title = 'one'")
    found.set("views", 10)
    save_record(found)
    same.set("status", "old")
    save_record(same)
    again = find_record_by_id("articles", found.id)
    assert (again["views"], again["status"]) == (10, "old")


def test_a_record_is_deleted(news):
    delete_stored_record(news[0])
    assert find_record_by_id("articles", news[0].id) is None


def test_validate_tells_what_a_save_would_refuse():
    record = new_record("articles", {"kind": "zz"})
    with pytest.raises(Invalid) as caught:
        validate(record)
    assert set(caught.value.errors) == {"title", "kind"}
    record.load({"title": "fine", "kind": "a"})
    validate(record)
    assert count_records("articles") == 0


def test_a_save_without_checks_writes_what_would_be_refused():
    record = new_record("articles")
    save_record(record, validate=False)
    assert find_record_by_id("articles", record.id)["title"] == ""


@pytest.mark.parametrize(
    ("rule", "is_superuser", "expected"),
    [
        pytest.param(None, False, False, id="closed"),
        pytest.param(None, True, True, id="closed_but_for_superusers"),
        pytest.param("", False, True, id="open"),
        pytest.param("status = 'public'", False, True, id="fulfilled"),
        pytest.param("@request.auth.id != ''", False, False, id="not_fulfilled"),
    ],
)
def test_a_rule_is_asked_about_a_record(news, rule, is_superuser, expected):
    info = RequestInfo(auth=new_record("_superusers") if is_superuser else None)
    assert record_satisfies(news[0], rule, info) is expected


def test_a_rule_that_says_nothing_is_an_error(news):
    with pytest.raises(BadRequest):
        record_satisfies(news[0], "nothing = 1", RequestInfo())


# --- related records --------------------------------------------------------------------------------


def test_relations_are_expanded_whatever_the_rules_say():
    ann, bob = hire("ann"), hire("bob")
    record = write(author=ann, editors=[bob, ann])
    assert expand_relations([record], ["author", "editors"]) == {}
    assert record.expanded_one("author")["name"] == "ann"
    assert [one["name"] for one in record.expanded_all("editors")] == ["bob", "ann"]
    assert (record.expanded_one("editors")["name"], len(record.expanded_all("author"))) == ("bob", 1)
    assert (record.expanded_one("nothing"), record.expanded_all("nothing")) == (None, [])


def test_several_records_are_expanded_at_once_and_back():
    ann = hire("ann")
    records = [write(title="one", author=ann), write(title="two")]
    assert expand_relations(records, ["author"]) == {}
    assert [one.expanded_one("author") is not None for one in records] == [True, False]
    expand_relations([ann], ["articles_via_author"])
    assert titles(ann.expanded_all("articles_via_author")) == ["one"]


def test_paths_that_fail_are_told():
    record = write(author=hire("ann"))
    failed = expand_relations([record], ["title", "author"])
    assert {path: type(error) for path, error in failed.items()} == {"title": CannotExpand}
    assert record.expanded_one("author") is not None


def test_who_expands_may_choose_what_is_there():
    ann, bob = hire("ann"), hire("bob")
    record = write(editors=[ann, bob])
    asked = []

    def only_bob(collection, ids):
        asked.append((collection.name, list(ids)))
        return [one for one in find_records_by_ids(collection, ids) if one["name"] == "bob"]

    expand_relations([record], ["editors"], only_bob)
    assert [one["name"] for one in record.expanded_all("editors")] == ["bob"]
    assert asked == [("writers", [ann.id, bob.id])]
