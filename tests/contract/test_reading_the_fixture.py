"""Whole answers on the adopted conformance fixture, as the reference gives them."""

import json

import pytest

DEMO2 = {"collectionId": "sz5l5z67tg7gku0", "collectionName": "demo2"}
TEST1 = {
    "active": False,
    **DEMO2,
    "created": "2022-10-12 11:42:51.509Z",
    "id": "llvuca81nly1qls",
    "title": "test1",
    "updated": "2022-10-12 11:42:51.509Z",
}


def compact(value):
    return json.dumps(value, separators=(",", ":")) + "\n"


def test_view(adopted_db):
    response = adopted_db.get("/api/collections/demo2/records/llvuca81nly1qls")
    assert response.content.decode() == compact(TEST1)


def test_list_sorted_by_the_first_page(adopted_db):
    response = adopted_db.get("/api/collections/demo2/records?perPage=1&sort=created")
    assert response.content.decode() == compact(
        {"items": [TEST1], "page": 1, "perPage": 1, "totalItems": 3, "totalPages": 3}
    )


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        pytest.param(
            "demo4/records/qzaqccwrmva4o1n?expand=self_rel_one,self_rel_many&fields=title,expand.*",
            {"expand": {"self_rel_many": None, "self_rel_one": None}, "title": "test1"},
            id="both_ways",
        ),
    ],
)
def test_expand(adopted_db, path, answer):
    found = adopted_db.get(f"/api/collections/{path}").json()
    assert {**found, "expand": dict.fromkeys(found["expand"])} == answer
    assert [item["title"] for item in found["expand"]["self_rel_many"]] == ["test2", "test1"]
    assert found["expand"]["self_rel_one"]["title"] == "test2"
