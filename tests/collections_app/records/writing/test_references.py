"""Deleting what others refer to (contract/records.md 10.2 and 15.4)."""

import pytest

from collections_app.catalog import find_collection
from collections_app.events import record_delete, record_update
from collections_app.records.querying.finding import find_record
from collections_app.records.writing.deleting_references import BATCH
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from tests.collections_app.records.writing.sending import codes, files_of, records_path
from tests.reference.writing_collections import OPEN, make_writing_collections

ONE, TWO, REFERRING = "target000000001", "target000000002", "referring000001"
REFUSED = "Failed to delete record. Make sure that the record is not part of a required relation reference."

pytestmark = pytest.mark.usefixtures("committing")


@pytest.fixture
def target(make_collection, guest):
    make_writing_collections(make_collection)
    target = find_collection("wtarget")
    for record_id in (ONE, TWO):
        assert guest("POST", records_path(target), {"id": record_id})[0] == 200
    return target


@pytest.mark.parametrize(
    ("name", "ids", "left"),
    [
        pytest.param("wr_opt1", [ONE], "", id="single"),
        pytest.param("wr_optm", [ONE, TWO], [TWO], id="several_below_min_select"),
        pytest.param("wr_casm", [ONE, TWO], [TWO], id="several_with_cascade"),
        pytest.param("wr_reqm", [ONE, TWO], [TWO], id="several_required"),
        pytest.param("wr_cas1", [ONE], None, id="single_with_cascade"),
        pytest.param("wr_casm", [ONE], None, id="last_with_cascade"),
        pytest.param("wr_creq1", [ONE], None, id="single_required_with_cascade"),
    ],
)
def test_the_referring_record_is_changed_or_goes(guest, target, name, ids, left):
    referring = find_collection(name)
    parts = [("id", REFERRING), ("f", ("a.txt", b"x")), *(("rel", one) for one in ids)]
    assert guest.form("POST", records_path(referring), parts)[0] == 200
    assert guest("DELETE", records_path(target, ONE)) == (204, None)
    record = find_record(referring, REFERRING)
    assert (record["rel"] if record else None) == left
    assert files_of(referring, REFERRING) == ([] if left is None else ["a*_*.txt"]) or record is not None
    assert find_record(target, ONE) is None


@pytest.mark.parametrize("name", ["wr_req1", "wr_reqm"])
def test_a_required_reference_holds_the_record(guest, target, name):
    cascading = find_collection("wr_cas1")
    assert guest("POST", records_path(cascading), {"id": REFERRING, "rel": ONE})[0] == 200
    assert guest("POST", records_path(find_collection(name)), {"rel": [ONE]})[0] == 200
    assert codes(guest("DELETE", records_path(target, ONE))) == (400, REFUSED, {})
    assert find_record(target, ONE) is not None
    assert find_record(cascading, REFERRING) is not None


def test_a_unique_index_holds_the_record(make_collection, guest, target):
    relation = {"type": "relation", "name": "rel", "collectionId": target.id}
    once = make_collection("once", [relation], indexes=["CREATE UNIQUE INDEX `o` ON `once` (`rel`)"], **OPEN)
    for body in ({"rel": ONE}, {"rel": ""}):
        assert guest("POST", records_path(once), body)[0] == 200
    answer = guest("DELETE", records_path(target, ONE))
    assert codes(answer) == (400, REFUSED, {"rel": "validation_not_unique"})
    assert find_record(target, ONE) is not None


def test_a_shortened_list_is_checked_at_its_next_update(guest, target):
    referring = find_collection("wr_optm")
    body = {"id": REFERRING, "rel": [ONE, TWO]}
    assert guest("POST", records_path(referring), body)[0] == 200
    assert guest("DELETE", records_path(target, ONE))[0] == 204
    answer = guest("PATCH", records_path(referring, REFERRING), {})
    assert codes(answer)[2] == {"rel": "validation_not_enough_values"}


def test_circles_and_records_that_refer_to_themselves(guest, target):
    selves = find_collection("wself")
    ids = [f"self{n:011}" for n in range(3)]
    for record_id in ids:
        assert guest("POST", records_path(selves), {"id": record_id})[0] == 200
    for at, record_id in enumerate(ids):
        body = {"parent": ids[at - 1], "friends": ids}
        assert guest("PATCH", records_path(selves, record_id), body)[0] == 200
    assert guest("DELETE", records_path(selves, ids[0])) == (204, None)
    assert [find_record(selves, record_id) for record_id in ids] == [None] * 3


def test_a_record_that_stays_keeps_no_reference_to_one_that_went(make_collection, guest, target):
    # Of two records that refer to the one that goes, the first goes too, and the second refers to it as well.
    fields = [
        {
            "type": "relation",
            "name": "targets",
            "collectionId": target.id,
            "maxSelect": 2,
            "cascadeDelete": True,
        },
        {"type": "relation", "name": "other", "collectionId": "pbc_pair"},
    ]
    pair = make_collection("pair", fields, id="pbc_pair", **OPEN)
    gone, kept = "pair00000000001", "pair00000000002"
    for body in (
        {"id": gone, "targets": [ONE]},
        {"id": kept, "targets": [ONE, TWO], "other": gone},
    ):
        assert guest("POST", records_path(pair), body)[0] == 200
    assert guest("DELETE", records_path(target, ONE)) == (204, None)
    record = find_record(pair, kept)
    assert (find_record(pair, gone), record["targets"], record["other"]) == (None, [TWO], "")


SELF, FIRST, SECOND = "self00000000001", "self00000000002", "self00000000003"


@pytest.fixture
def tree(make_collection, guest):
    """Records that refer to their parent with cascade, and to several friends."""
    fields = [
        {
            "type": "relation",
            "name": "parents",
            "collectionId": "pbc_tree",
            "maxSelect": 3,
            "cascadeDelete": True,
        }
    ]
    tree = make_collection("tree", fields, id="pbc_tree", **OPEN)
    for record_id in (SELF, FIRST, SECOND):
        assert guest("POST", records_path(tree), {"id": record_id})[0] == 200
    return tree


@pytest.mark.parametrize(
    ("parents", "left"),
    [
        pytest.param([SELF, FIRST], None, id="both_went"),
        pytest.param([SELF, FIRST, SECOND], [SECOND], id="itself_is_left"),
    ],
)
def test_two_ids_of_one_list_that_go_in_one_cascade(guest, tree, parents, left):
    assert guest("PATCH", records_path(tree, FIRST), {"parents": [SELF]})[0] == 200
    assert guest("PATCH", records_path(tree, SECOND), {"parents": parents})[0] == 200
    gone = []

    def note(event, **kwargs):
        gone.append(event.record.id)

    record_delete.connect(note, collection="tree", dispatch_uid=note)
    try:
        assert guest("DELETE", records_path(tree, SELF)) == (204, None)
    finally:
        record_delete.disconnect(dispatch_uid=note)
    record = find_record(tree, SECOND)
    assert (record["parents"] if record else None) == left
    assert gone == ([SELF, FIRST] if left else [SELF, FIRST, SECOND])


def test_what_a_hook_changed_in_between_stays(guest, target):
    referring = find_collection("wr_optm")
    first, second = "referring000001", "referring000002"
    for record_id in (first, second):
        assert guest("POST", records_path(referring), {"id": record_id, "rel": [ONE, TWO]})[0] == 200

    def change_the_other(event, **kwargs):
        yield
        if event.record.id == first:
            other = find_record(referring, second)
            other["rel"] = [ONE]
            save_record(other, validate=False)

    record_update.connect(change_the_other, collection="wr_optm", dispatch_uid=change_the_other)
    try:
        assert guest("DELETE", records_path(target, ONE)) == (204, None)
    finally:
        record_update.disconnect(dispatch_uid=change_the_other)
    assert find_record(referring, second)["rel"] == []


@pytest.mark.parametrize("has_receivers", [False, True])
def test_a_chain_longer_than_the_stack(target, has_receivers):
    selves = find_collection("wself")
    length = 3000
    parent = ""
    for number in range(length):
        record = new_record(selves)
        record["id"], record["parent"] = f"chain{number:010}", parent
        parent = record["id"]
        save_record(record, validate=False)
    seen = []

    def around(event, **kwargs):
        yield
        seen.append(event.record.id)

    if has_receivers:
        record_delete.connect(around, collection="wself", dispatch_uid=around)
    try:
        delete_stored_record(find_record(selves, "chain0000000000"))
    finally:
        record_delete.disconnect(dispatch_uid=around)
    assert find_record(selves, f"chain{length - 1:010}") is None
    assert seen == ([f"chain{number:010}" for number in reversed(range(length))] if has_receivers else [])


def test_more_references_than_one_page(target):
    referring = find_collection("wr_opt1")
    for number in range(BATCH + 5):
        record = new_record(referring)
        record["id"], record["rel"] = f"page{number:011}", ONE
        save_record(record, validate=False)
    delete_stored_record(find_record(target, ONE))
    assert find_record(referring, f"page{BATCH + 4:011}")["rel"] == ""


def test_a_hook_that_keeps_the_references_does_not_keep_us_busy(target):
    referring = find_collection("wr_opt1")
    for number in range(BATCH):
        record = new_record(referring)
        record["id"], record["rel"] = f"page{number:011}", ONE
        save_record(record, validate=False)

    def stop(event, **kwargs):
        return
        yield

    record_update.connect(stop, collection="wr_opt1", dispatch_uid=stop)
    try:
        delete_stored_record(find_record(target, ONE))
    finally:
        record_update.disconnect(dispatch_uid=stop)
    assert find_record(referring, "page00000000000")["rel"] == ONE


def test_what_is_not_stored_cannot_be_deleted(target):
    with pytest.raises(ValueError, match="only stored records"):
        delete_stored_record(new_record(target))
