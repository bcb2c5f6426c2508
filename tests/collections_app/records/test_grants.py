"""Grants: what they allow is done whatever the rules say, and all else is refused whatever the rules say."""

import pytest

from collections_app.records.querying.finding import view_record
from collections_app.records.reading.listing import list_records
from collections_app.records.reading.presenting import present
from collections_app.records.writing.creating import create_record
from collections_app.records.writing.deleting import delete_record
from collections_app.records.writing.updating import update_record
from collections_app.request_info import RequestInfo
from platform_app.wire.errors import BadRequest, Forbidden
from tests.collections_app.records.rows import insert

pytestmark = pytest.mark.django_db

ID = "first0000000000"
PUBLIC = dict.fromkeys(("list_rule", "view_rule", "create_rule", "update_rule", "delete_rule"), "")


class Granted:
    """These actions, in all collections with these ids."""

    def __init__(self, actions, *ids):
        self.actions = set(actions)
        self.viewed = frozenset(ids)

    def allow(self, action, collection, record_id=""):
        return collection.id in self.viewed and action in self.actions


DEEDS = {
    "view": lambda posts, info: view_record(posts, ID, info=info),
    "list": lambda posts, info: list_records(posts, info=info, params={}),
    "add": lambda posts, info: create_record(posts, info=info.with_body({"title": "x"}), uploads={}),
    "change": lambda posts, info: update_record(posts, ID, info=info.with_body({"title": "x"}), uploads={}),
    "delete": lambda posts, info: delete_record(posts, ID, info=info),
}
NEEDS = {"view": "view", "list": "view", "add": "add", "change": "change", "delete": "delete"}


@pytest.fixture(params=[{}, PUBLIC], ids=["closed_rules", "public_rules"])
def posts(request, make_collection):
    fields = [{"type": "text", "name": "title"}, {"type": "text", "name": "secret", "hidden": True}]
    made = make_collection("posts", fields=fields, **request.param)
    insert(made, id=ID, title="One", secret="s3cr3t")
    return made


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_granted_is_done(posts, deed):
    DEEDS[deed](posts, RequestInfo(grants=Granted([NEEDS[deed]], posts.id)))


@pytest.mark.parametrize("deed", DEEDS)
def test_all_else_is_refused(posts, deed):
    others = {"view", "add", "change", "delete"} - {NEEDS[deed]}
    for grants in (Granted(others, posts.id), Granted(["view", "add", "change", "delete"], "elsewhere")):
        with pytest.raises(Forbidden):
            DEEDS[deed](posts, RequestInfo(grants=grants))


def test_hidden_fields_are_seen_and_filtered_by(posts):
    info = RequestInfo(grants=Granted(["view"], posts.id))
    page = list_records(posts, info=info, params={"filter": 'secret = "s3cr3t"'})
    assert [one["secret"] for one in present(page.records, info)] == ["s3cr3t"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("notes_via_post.text ~ 'x'", BadRequest, id="back"),
        pytest.param("@collection.notes.text ?~ 'x'", Forbidden, id="collection"),
        pytest.param("@request.auth.id = ''", Forbidden, id="request"),
    ],
)
def test_filters_stay_inside(posts, make_collection, text, error):
    relation = {"type": "relation", "name": "post", "collectionId": posts.id, "maxSelect": 1}
    make_collection("notes", fields=[{"type": "text", "name": "text"}, relation], **PUBLIC)
    with pytest.raises(error):
        list_records(posts, info=RequestInfo(grants=Granted(["view"], posts.id)), params={"filter": text})


def test_the_same_filter_of_a_guest_is_compiled_apart(posts):
    """What is compiled is kept: a guest must not get what somebody with grants had compiled."""
    filter_text = {"filter": 'secret = "s3cr3t"'}
    list_records(posts, info=RequestInfo(grants=Granted(["view"], posts.id)), params=filter_text)
    with pytest.raises((BadRequest, Forbidden)):
        list_records(posts, info=RequestInfo(), params=filter_text)
