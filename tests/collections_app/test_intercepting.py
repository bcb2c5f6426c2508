"""What PocketBase's guide to records does with requests: intercepting, enriching, uploads, rules."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from collections_app.definitions.draft import edit_collection
from collections_app.events import record_create_request, record_enrich, record_update_request
from collections_app.fetching import find_first_record_by_data, find_record_by_id, new_record
from collections_app.records.querying.finding import record_satisfies
from collections_app.records.reading.presenting import public_export
from collections_app.records.writing.saving import save_record
from collections_app.views.api_view import APIView, request_info_for_hooks
from collections_app.views.uploads import pending_uploads
from platform_app.wire.errors import BadRequest, Forbidden
from tests.collections_app.articles import hire, make_articles, write
from tests.collections_app.records.writing.sending import Sender
from tests.reference.writing_collections import OPEN

PATH = "/collections/articles/records"


@pytest.fixture(autouse=True)
def _articles(make_collection, own_storage):
    make_articles(make_collection, **OPEN)


def pending_until_reviewed(event, **kwargs):
    if event.has_superuser_auth:
        return
    auth = event.info.auth
    is_editor = auth is not None and auth.get_string("name") == "editor"
    if event.record.get_string("status") not in ("", "pending") and not is_editor:
        raise BadRequest("Only editors can set a status different from pending")
    if not is_editor:
        event.record.set("status", "pending")


@pytest.mark.parametrize(
    ("who", "sent", "status", "stored"),
    [
        pytest.param("guest", "", 200, "pending", id="guest"),
        pytest.param("guest", "public", 400, None, id="guest_who_publishes"),
        pytest.param("editor", "public", 200, "public", id="editor"),
        pytest.param("superuser", "public", 200, "public", id="superuser"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_request_is_intercepted(connect, method, who, sent, status, stored):
    sender = {
        "guest": Sender,
        "editor": lambda: Sender.signed_in_as(hire("editor")),
        "superuser": Sender.superuser,
    }[who]()
    path = PATH if method == "POST" else f"{PATH}/{write().id}"
    for hook in (record_create_request, record_update_request):
        connect(hook, pending_until_reviewed, collection="articles")
    answered, body = sender(method, path, {"title": "x", "status": sent})
    assert (answered, body.get("status") if answered == 200 else None) == (status, stored)
    if status == 400:
        assert body["message"] == "Only editors can set a status different from pending."


def test_a_hook_hides_a_field_from_whom_it_is_not_for(connect):
    def for_staff(event, **kwargs):
        auth = event.info.auth
        if auth is None or (not auth.is_superuser and auth.get_string("name") != "staff"):
            event.record.hide("status")

    connect(record_enrich, for_staff, collection="articles")
    record = write(status="secret")
    staff = Sender.signed_in_as(hire("staff"))
    assert "status" not in Sender()("GET", f"{PATH}/{record.id}")[1]
    assert staff("GET", f"{PATH}/{record.id}")[1]["status"] == "secret"


def test_uploads_of_a_request_are_set_on_a_record():
    files = [SimpleUploadedFile("one.txt", b"1"), SimpleUploadedFile("two.txt", b"2")]
    request = RequestFactory().post("/", {"documents": files})
    record = new_record("articles", {"title": "x"})
    record.set("documents", pending_uploads(request)["documents"])
    save_record(record)
    assert [name.partition("_")[0] for name in record["documents"]] == ["one", "two"]

    request = RequestFactory().post("/", {"documents": SimpleUploadedFile("three.txt", b"3")})
    record.set("documents+", request.FILES.getlist("documents"))
    save_record(record)
    assert len(find_record_by_id("articles", record.id)["documents"]) == 3


class BySlug(APIView):
    def get(self, request, slug):
        record = find_first_record_by_data("articles", "slug", slug)
        info = request_info_for_hooks(request)
        if record is None or not record_satisfies(record, record.collection.view_rule, info):
            raise Forbidden
        return public_export(record)


@pytest.mark.parametrize(("name", "status"), [("ann", 200), ("bob", 403), (None, 403)])
def test_a_view_asks_a_rule(name, status):
    draft = edit_collection("articles")
    draft.view_rule = "author = @request.auth.id"
    draft.save()
    people = {"ann": hire("ann"), "bob": hire("bob")}
    write(slug="hers", author=people["ann"])
    request = RequestFactory().get("/articles/hers")
    request.auth_record = people.get(name)
    response = BySlug.as_view()(request, slug="hers")
    assert (response.status_code, json.loads(response.content).get("slug")) == (
        status,
        "hers" if status == 200 else None,
    )
