"""JSON that some reader, writer or database has trouble with: one stored value spoils nobody's requests."""

import json

import pytest

from platform_app.wire.json_decoding import decode_stored_json

JSON = "application/json"
STORED = {
    "infinite": "1e400",
    "infinite_inside": '{"x":1e400}',
    "infinite_in_a_list": "[-1e400]",
    "surrogate": '["\\ud800"]',
    "surrogate_key": '{"x":"\\udc00","\\ud800":1}',
    "deep": "[" * 260 + "1" + "]" * 260,
    "deeper_than_orjson": '{"x":' * 1100 + "1" + "}" * 1100,
    "as_deep_as_it_goes": "[" * 9990 + "]" * 9990,
    "many_digits": "1" * 5000,
    "a_thousand_values": "[" + "[],{}," * 500 + "1 ]",
    "simple": '{"x":1}',
}
QUERIES = (
    *("", "fields=id,data", "fields=*", "fields=data.x", "fields=data.x.x.x", "fields=data:excerpt(5)"),
    *("fields=expand.rel.data.x&expand=rel", "expand=rel", "expand=odd_via_rel&fields=expand"),
    *("sort=data", "sort=-data.x", "filter=data=1", "filter=data>1", "filter=data.x=1", "filter=data.x!=''"),
    *("filter=data~'e'", "filter=data:length>0", "filter=data:each~'a'", "filter=data=null"),
    *("filter=data:lower='a'", "filter=data.0=1", "filter=odd_via_rel.data?=1", "filter=rel.data.x<2"),
)


@pytest.fixture
def odd(make_collection, client):
    collection = make_collection(
        "odd",
        [
            {"type": "json", "name": "data"},
            {"type": "relation", "name": "rel", "collectionId": "pbc_odd", "maxSelect": 99},
        ],
        id="pbc_odd",
        list_rule="data != 5 || data.x ?= 1",
        view_rule="",
        create_rule="@request.body.data != 'no' && @request.body.data.x != 7",
        update_rule="data.x != 7",
        delete_rule="",
    )
    ids = []
    for text in STORED.values():
        response = client.post("/api/collections/odd/records?fields=id", {"data": text, "rel": ids}, JSON)
        assert response.status_code == 200, response.content
        ids.append(response.json()["id"])
    return collection, ids


def test_lists_answer(odd, client):
    for query in QUERIES:
        response = client.get(f"/api/collections/odd/records?{query}&perPage=50")
        assert response.status_code == 200, (query, response.content)
        items = decode_stored_json(response.content.decode())["items"]
        assert "filter" in query or len(items) == len(STORED), query


def test_each_is_viewed_updated_and_deleted(odd, client):
    _, ids = odd
    for name, record_id in zip(STORED, ids, strict=True):
        path = f"/api/collections/odd/records/{record_id}"
        for query in ("", "?fields=data", "?fields=data.x,id", "?expand=rel&fields=expand.rel.data.x"):
            assert client.get(path + query).status_code == 200, (name, query)
        assert client.patch(path, {"rel": []}, JSON).status_code == 200, name
        assert client.delete(path).status_code == 204, name


@pytest.mark.parametrize("value", ["[" * 5000 + "]" * 5000, '{"x":' * 3000 + "7" + "}" * 3000])
def test_rules_see_deep_bodies(odd, client, value):
    body = f'{{"data":{value}}}'
    response = client.post("/api/collections/odd/records?fields=data.x", body, JSON)
    assert response.status_code == 200
    assert response.content.decode().rstrip() == f'{{"data":{value}}}'
    body = f'{{"data":{{"x":7,"y":{value}}}}}'
    assert client.post("/api/collections/odd/records", body, JSON).status_code == 400


def test_more_than_a_million_values_are_refused(odd, client):
    many = "[" + "1," * 1_000_000 + "1]"
    for body in (f'{{"data":{many}}}', json.dumps({"data": many})):
        response = client.post("/api/collections/odd/records", body, JSON)
        assert response.status_code == 400
