"""Records as JSON, by requester: contract/records.md 8."""

import pytest

from collections_app.records.querying.finding import find_record
from collections_app.records.reading.presenting import present
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.system_names import SUPERUSERS
from platform_app.wire.json_encoding import encode
from tests.collections_app.records.rows import insert

GUEST = RequestInfo()


@pytest.fixture
def superuser(make_collection):
    from collections_app.catalog import find_collection

    return RequestInfo(auth=Record(find_collection(SUPERUSERS), {"id": "superuser000000"}))


def shown(collection, record_id, info=GUEST, **marks):
    record = find_record(collection, record_id)
    for name, value in marks.items():
        setattr(record, name, value)
    return present([record], info)[0]


def test_zero_values(make_collection):
    kinds = ["text", "number", "bool", "email", "url", "editor", "date", "json", "geoPoint"]
    collection = make_collection(
        "zeros",
        [
            *({"type": kind, "name": f"f_{kind}"} for kind in kinds),
            {"type": "select", "name": "one", "values": ["a"], "maxSelect": 1},
            {"type": "select", "name": "many", "values": ["a", "b"], "maxSelect": 2},
        ],
        id="pbc_zeros",
    )
    answer = shown(collection, insert(collection))
    assert encode(answer).decode() == (
        '{"collectionId":"pbc_zeros","collectionName":"zeros","f_bool":false,"f_date":"","f_editor":"",'
        '"f_email":"","f_geoPoint":{"lon":0,"lat":0},"f_json":null,"f_number":0,"f_text":"","f_url":"",'
        '"id":"zeros1000000000","many":[],"one":""}'
    )


def test_hidden_fields_are_for_superusers(make_collection, superuser):
    collection = make_collection(
        "mixed", [{"type": "text", "name": "z"}, {"type": "text", "name": "h", "hidden": True}]
    )
    record_id = insert(collection, z="1", h="2")
    assert list(shown(collection, record_id)) == ["collectionId", "collectionName", "id", "z"]
    assert list(shown(collection, record_id, superuser)) == ["collectionId", "collectionName", "h", "id", "z"]


def test_hooks_show_conceal_and_add(make_collection):
    collection = make_collection(
        "mixed", [{"type": "text", "name": "z"}, {"type": "text", "name": "h", "hidden": True}]
    )
    record_id = insert(collection, z="1", h="2")
    answer = shown(
        collection,
        record_id,
        shown=frozenset({"h"}),
        concealed=frozenset({"z", "collectionName"}),
        extra={"e": 3},
    )
    assert list(answer.items()) == [("collectionId", collection.id), ("e", 3), ("h", "2"), ("id", record_id)]


@pytest.fixture
def people(make_collection):
    return make_collection(
        "people",
        [
            {"type": "password", "name": "password", "hidden": True},
            {"type": "text", "name": "tokenKey", "hidden": True},
            {"type": "email", "name": "email"},
            {"type": "bool", "name": "emailVisibility"},
            {"type": "bool", "name": "verified"},
            {"type": "text", "name": "boss"},
        ],
        type="auth",
        options={"manageRule": "@request.auth.id != '' && boss = @request.auth.id"},
    )


def test_secrets_of_auth_records_are_never_shown(people, superuser):
    record_id = insert(people, email="a@b.co", tokenKey="k")
    keys = ["boss", "collectionId", "collectionName", "email", "emailVisibility", "id", "verified"]
    assert list(shown(people, record_id, superuser)) == keys
    assert "tokenKey" not in shown(people, record_id, shown=frozenset({"tokenKey", "password"}))


@pytest.mark.parametrize(
    ("requester", "values", "visible"),
    [
        pytest.param(None, {}, False, id="guest"),
        pytest.param(None, {"emailVisibility": True}, True, id="public_address"),
        pytest.param("person000000000", {}, True, id="owner"),
        pytest.param("other0000000000", {}, False, id="other_person"),
        pytest.param("other0000000000", {"boss": "other0000000000"}, True, id="manager"),
    ],
)
def test_email_is_shown_to(people, requester, values, visible):
    insert(people, id="person000000000", email="a@b.co", **values)
    insert(people, id="other0000000000", email="c@d.co", tokenKey="x")
    info = RequestInfo(auth=find_record(people, requester) if requester else None)
    assert ("email" in shown(people, "person000000000", info)) is visible


def test_manage_rule_is_asked_once_for_all_records(people, monkeypatch):
    from collections_app.records.reading import email_visibility

    for number in range(3):
        insert(people, email=f"{number}@b.co", tokenKey=str(number), boss="boss00000000000")
    insert(people, id="boss00000000000", email="x@b.co", tokenKey="b")
    asked = []
    real = email_visibility.satisfying_ids
    monkeypatch.setattr(email_visibility, "satisfying_ids", lambda *call: asked.append(call) or real(*call))
    records = [find_record(people, f"peopl{number}000000000") for number in (1, 2, 3)]
    answers = present(records, RequestInfo(auth=find_record(people, "boss00000000000")))
    assert ([answer["email"] for answer in answers], len(asked)) == (["0@b.co", "1@b.co", "2@b.co"], 1)


def test_the_record_of_the_token_is_not_marked(people):
    person = find_record(people, insert(people, email="a@b.co"))
    assert present([person], RequestInfo(auth=person), "boss,nope")[0]["email"] == "a@b.co"
    assert (person.shown, person.expand) == (frozenset(), None)
