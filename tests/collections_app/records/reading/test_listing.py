"""Listing records: contract/records.md 2 and 14."""

import pytest

from collections_app.records.reading.empty_searches import EmptySearches
from collections_app.records.reading.listing import PageParams, list_records
from collections_app.request_info import RequestInfo
from platform_app.wire.errors import BadRequest, Forbidden
from tests.collections_app.records.rows import insert

GUEST = RequestInfo()


@pytest.mark.parametrize(
    ("params", "page", "per_page"),
    [
        ({}, 1, 30),
        ({"page": "", "perPage": ""}, 1, 30),
        ({"page": "007", "perPage": "+5"}, 7, 5),
        ({"page": "0", "perPage": "0"}, 1, 30),
        ({"page": "-3", "perPage": "-1"}, 1, 30),
        ({"perPage": "5000"}, 1, 1000),
        ({"page": str(2**63 - 1)}, 2**63 - 1, 30),
    ],
)
def test_page_params_are_clamped(params, page, per_page):
    read = PageParams.read(params)
    assert (read.page, read.per_page) == (page, per_page)


@pytest.mark.parametrize(
    "params",
    [
        *({"page": text} for text in ("abc", "1.0", "1e1", "0x1", "1_0", " 1", "１", str(2**63), "1" * 5000)),
        {"perPage": "x"},
        {"skipTotal": "yes"},
        {"filter": "x" * 3501},
        {"sort": ",".join("abcdefghi")},
        {"sort": "x" * 256},
    ],
)
def test_page_params_are_refused(params):
    with pytest.raises(BadRequest):
        PageParams.read(params)


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_skip_total_is_read_as_go_reads_bools(text):
    assert PageParams.read({"skipTotal": text}).skip_total
    assert not PageParams.read({"skipTotal": "F"}).skip_total


@pytest.fixture
def posts(make_collection):
    collection = make_collection(
        "posts", [{"type": "text", "name": "t"}, {"type": "number", "name": "n"}], list_rule=""
    )
    for number in range(1, 6):
        insert(collection, t=f"t{number}", n=number)
    return collection


def listed(collection, **params):
    page = list_records(collection, info=GUEST, params=params)
    return [record["t"] for record in page.records], page.total_items, page.total_pages


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({}, (["t1", "t2", "t3", "t4", "t5"], 5, 1), id="all"),
        pytest.param({"perPage": "2"}, (["t1", "t2"], 5, 3), id="full_page"),
        pytest.param({"perPage": "2", "page": "3"}, (["t5"], 5, 3), id="last_page"),
        pytest.param({"perPage": "5", "page": "2"}, ([], 5, 1), id="beyond_the_end"),
        pytest.param({"page": str(2**63 - 1), "perPage": "2"}, (["t1", "t2"], 5, 3), id="offset_below_zero"),
        pytest.param({"page": str(2**62 + 2), "perPage": "4"}, (["t5"], 5, 2), id="offset_wraps_around"),
        pytest.param({"page": str(2**60), "perPage": "2"}, ([], 5, 3), id="offset_without_overflow"),
        pytest.param({"perPage": "2", "skipTotal": "1"}, (["t1", "t2"], -1, -1), id="skip_total"),
        pytest.param({"filter": "n > 3"}, (["t4", "t5"], 2, 1), id="filter"),
        pytest.param({"filter": "n > 9"}, ([], 0, 0), id="nothing"),
        pytest.param({"sort": "-t", "perPage": "1"}, (["t5"], 5, 5), id="sort"),
    ],
)
def test_lists(posts, params, expected):
    assert listed(posts, **params) == expected


@pytest.mark.parametrize(
    "params", [{"filter": "("}, {"filter": "nope = 1"}, {"sort": "nope"}, {"filter": " "}]
)
def test_refuses_what_it_cannot_compile(posts, params):
    with pytest.raises(BadRequest) as refused:
        listed(posts, **params)
    assert refused.value.data == {}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"filter": "t = '@request.x'"}, "@request."),
        ({"sort": "@collection.posts.t"}, "@collection."),
        ({"filter": "@request.a = 1 && @collection.b = 1"}, "@collection."),
    ],
)
def test_special_fields_are_for_superusers(posts, params, words):
    with pytest.raises(Forbidden) as refused:
        listed(posts, **params)
    assert refused.value.message == f"Only superusers can filter by {words}"


def test_null_rule_precedes_the_params(make_collection):
    collection = make_collection("closed", [{"type": "text", "name": "t"}])
    with pytest.raises(Forbidden) as refused:
        listed(collection, page="abc")
    assert refused.value.message == "Only superusers can perform this action."


def test_rule_narrows_the_list(make_collection):
    collection = make_collection("open", [{"type": "text", "name": "t"}], list_rule="t ~ 'a'")
    for text in ("a", "b", "ab"):
        insert(collection, t=text)
    assert listed(collection) == (["a", "ab"], 2, 1)
    assert listed(collection, filter="t ~ 'b'") == (["ab"], 1, 1)


def test_joins_do_not_inflate_the_total(make_collection):
    tags = make_collection("tags", [{"type": "text", "name": "t"}], list_rule="")
    relation = {"type": "relation", "name": "tags", "collectionId": tags.id, "maxSelect": 9}
    things = make_collection("things", [{"type": "text", "name": "t"}, relation], list_rule="")
    ids = [insert(tags, t="x") for _ in range(3)]
    for text in ("one", "two"):
        insert(things, t=text, tags=ids)
    assert listed(things, filter="tags.t ?= 'x'") == (["one", "two"], 2, 1)
    assert listed(things, filter="tags.t ?= 'x'", perPage="1") == (["one"], 2, 2)


def test_repeated_empty_searches_under_a_rule_are_delayed(make_collection, monkeypatch):
    monkeypatch.setattr("collections_app.records.reading.listing.empty_searches", EmptySearches())
    monkeypatch.setattr(
        "collections_app.records.reading.empty_searches.secrets.randbelow", lambda limit: limit - 1
    )
    collection = make_collection("ruled", [{"type": "text", "name": "t"}], list_rule="t != 'x'")

    def delay(ip, **params):
        return list_records(collection, info=GUEST, params=params, client_ip=lambda: ip).delay_seconds

    searches = [delay("1.1.1.1", filter="t = 'no'") for _ in range(4)]
    assert searches == [0.0, 0.0, 0.0, 0.499]
    assert (delay("2.2.2.2", filter="t = 'no'"), delay("1.1.1.1")) == (0.0, 0.0)
