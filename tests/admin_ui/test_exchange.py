"""Export of definitions, and import of some: what they would change, and doing it."""

import json
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from admin_ui.exchange.differences import sections_of
from admin_ui.exchange.exported import listed_collections
from admin_ui.exchange.original_ids import names_with_other_ids, with_original_ids
from admin_ui.exchange.reading import MOST_CHARACTERS, Unreadable, read_definitions
from admin_ui.exchange.reviewing import review_of
from collections_app.catalog import find_collection, load_catalog
from collections_app.definitions.draft import edit_collection
from collections_app.events import collections_import_request
from platform_app.runtime_settings.shape import DEFAULTS
from platform_app.wire.errors import BadRequest
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import send_form, sign_in
from tests.admin_ui.posts import HOSTILE
from tests.collections_app.records.rows import insert

pytestmark = pytest.mark.django_db

EXPORT = "/_/settings/export/"
IMPORT = "/_/settings/import/"
REVIEW = f"{IMPORT}review/"
RUN = f"{IMPORT}run/"


@pytest.fixture
def posts(make_collection):
    """With three records, of which two have a token."""
    tags = make_collection("tags", fields=[{"type": "text", "name": "name"}])
    relation = {"type": "relation", "name": "tags", "collectionId": tags.id, "maxSelect": 3}
    fields = [
        {"type": "text", "name": "title", "max": 160},
        {"type": "text", "name": "token"},
        relation,
    ]
    posts = make_collection("posts", fields=fields, list_rule='title != ""')
    for at in range(3):
        insert(posts, id=f"post{at:011}", title="x", token="t" if at else "")
    return posts


@pytest.fixture
def admin(client, root, posts):
    sign_in(client)
    return client


def exported_text(client, *names: str) -> str:
    ids = [one.id for one in load_catalog().collections if one.name in names]
    return client.post(f"{EXPORT}download/", {"ids": ids}).content.decode()


def definitions(client, *names: str) -> list:
    return json.loads(exported_text(client, *names))


def all_but(client, *names: str) -> list:
    """The definitions of all others, among them what else these tests find in the database."""
    return definitions(client, *(one.name for one in load_catalog().collections if one.name not in names))


def texts(response) -> str:
    content = response.content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", content)).split())


def review(client, items, **values):
    text = items if isinstance(items, str) else json.dumps(items)
    return send_form(client, REVIEW, collections=text, **values)


def run(client, items, **values):
    return send_form(client, RUN, collections=json.dumps(items), reviewed="1", **values)


class TestExport:
    def test_guests_are_led_to_the_door(self, client, root):
        for path in (EXPORT, IMPORT):
            assert client.get(path)["Location"].startswith("/_/login/")
        for path in (f"{EXPORT}download/", REVIEW, RUN):
            assert send_form(client, path, ids="x", collections="[]")["Location"].startswith("/_/login/")

    def test_all_are_chosen_at_first(self, admin):
        content = admin.get(EXPORT).content.decode()
        ids = re.findall(r'name="ids" value="(\w+)" checked', content)
        assert ids == [one.id for one in listed_collections()]
        shown = json.loads(unescape(re.search(r'id="export-text">(.*?)</pre>', content, re.S)[1]))
        assert [one["name"] for one in shown] == [one.name for one in listed_collections()]
        assert len(shown) == len(load_catalog().collections)

    def test_those_that_are_chosen_are_shown(self, admin, posts):
        content = admin.post(EXPORT, {"ids": [posts.id]}).content.decode()
        shown = json.loads(unescape(re.search(r'id="export-text">(.*?)</pre>', content, re.S)[1]))
        assert [one["name"] for one in shown] == ["posts"]

    def test_download(self, admin, posts):
        response = admin.post(f"{EXPORT}download/", {"ids": [posts.id, "unknown"]})
        assert response["Content-Disposition"] == 'attachment; filename="pb_schema.json"'
        assert response["Content-Type"] == "application/json"
        (one,) = json.loads(response.content)
        assert (one["id"], one["listRule"]) == (posts.id, 'title != ""')
        assert not {"created", "updated"} & set(one)

    def test_what_signs_in_to_providers_stays_here(self, admin):
        draft = edit_collection("users")
        draft.options["oauth2"]["providers"] = [
            {"name": "github", "clientId": "an-id", "clientSecret": "a-secret"}
        ]
        draft.save()
        text = exported_text(admin, "users")
        assert ("an-id" in text, "a-secret" in text) == (False, False)
        assert "providers" not in json.loads(text)[0]["oauth2"]
        assert "secret" not in json.loads(text)[0]["authToken"]

    def test_what_is_exported_changes_nothing_when_it_comes_back(self, admin):
        items = definitions(admin, "users", "posts", "tags", "_superusers")
        found = review_of(items, delete_missing=False)
        assert (found.collections, len(found.unchanged)) == ((), 4)
        assert "Nothing changes" in texts(review(admin, items))


class TestReading:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            pytest.param(" \n", "There is nothing to import yet: paste JSON, or choose a file.", id="empty"),
            pytest.param(
                '[\n{"name": }]',
                "This is no JSON: Expecting value in line 2, column 10.",
                id="no_json",
            ),
            pytest.param('[{"name": "a"}] x', "Extra data in line 1, column 17.", id="more_than_json"),
            pytest.param("{}", "Expected a list of collections, beginning with [.", id="object"),
            pytest.param("[]", "The list has no collections.", id="none"),
            pytest.param('[{"name": "a"}, 5]', "Entry 2 is no object.", id="number"),
            pytest.param("[{}]", "Entry 1 has no name.", id="no_name"),
            pytest.param("[" * 2000, "This is no JSON", id="deep"),
            pytest.param("x" * (MOST_CHARACTERS + 1), "This is too long", id="long"),
        ],
    )
    def test_what_cannot_be_imported(self, text, said):
        with pytest.raises(Unreadable, match=re.escape(said)):
            read_definitions(text)

    def test_the_form_comes_back_with_what_was_pasted(self, admin):
        response = review(admin, '[{"name": </textarea>}]')
        content = response.content.decode()
        assert "[{&quot;name&quot;: &lt;/textarea&gt;}]</textarea>" in content
        assert 'aria-invalid="true"' in content
        assert "Expecting value in line 1, column 11." in content

    def test_definitions_that_the_service_cannot_read(self, admin):
        response = review(admin, [{"name": "a", "fields": [{"name": "x", "type": "nothing"}]}])
        assert "missing or unknown field type" in texts(response)
        assert "<textarea" in response.content.decode()

    def test_a_file_goes_before_the_text(self, admin):
        file = SimpleUploadedFile("pb_schema.json", b'\xef\xbb\xbf[{"name": "fromfile"}]')
        response = admin.post(REVIEW, {"collections": "[", "file": file})
        assert "fromfile New" in texts(response)


class TestReview:
    def test_nothing_is_written(self, admin):
        review(admin, [{"name": "new"}], delete_missing="1")
        assert load_catalog().find("new") is None
        assert load_catalog().find("tags") is not None

    def test_what_is_added_changed_and_renamed(self, admin):
        posts, tags = definitions(admin, "posts", "tags")
        posts["fields"][1]["max"] = 200
        posts["listRule"] = 'title != "" || token = "a"'
        tags["name"] = "labels"
        found = review_of([posts, tags, {"name": "new", "fields": []}], delete_missing=False)
        assert [(one.kind, one.name, one.old_name) for one in found.collections] == [
            ("changed", "posts", ""),
            ("renamed", "labels", "tags"),
            ("added", "new", ""),
        ]
        assert found.summary == "1 new, 1 changed, 1 renamed"
        assert (found.collections[0].plus, found.collections[0].tilde, found.collections[0].minus) == (
            0,
            2,
            0,
        )

    def test_without_deleting_fields_that_are_not_named_stay(self, admin):
        (posts,) = definitions(admin, "posts")
        posts["fields"] = [field for field in posts["fields"] if field["name"] != "token"]
        found = review_of([posts], delete_missing=False)
        assert not found.loses
        (one,) = review_of([posts], delete_missing=True).collections[:1]
        assert one.losses == [("token", "Goes, with 2 values.")]

    def test_what_would_go_is_said_before_it_is_chosen(self, admin):
        items = all_but(admin, "posts")
        content = review(admin, items).content.decode()
        assert "Would go: 1 collection (posts), 3 records" in content
        assert re.search(r'name="delete_missing" value="1" data-reviews-again', content)

    def test_what_goes_with_its_records(self, admin):
        response = review(admin, all_but(admin, "posts"), delete_missing="1", reviewed="1")
        shown = texts(response)
        assert "It goes, with 3 records." in shown
        assert "Type Acme to confirm" in shown
        assert "Make a backup first" in shown

    def test_an_empty_collection_loses_nothing(self, admin):
        found = review_of(all_but(admin, "tags"), delete_missing=True)
        gone = {one.name: (one.goes, one.losses) for one in found.collections if one.kind == "deleted"}
        assert gone == {"tags": ("It goes; it has no records.", [])}

    def test_secrets_change_without_being_shown(self, admin):
        (users,) = definitions(admin, "users")
        secret = "s" * 50
        users["authToken"]["secret"] = secret
        response = review(admin, [users])
        content = response.content.decode()
        assert "Secrets change, which are never shown." in content
        assert content.count(secret) == 1  # what was sent, for the import

    def test_hostile_content_is_text(self, admin):
        items = [{"name": "new", "listRule": HOSTILE, "fields": [{"type": "text", "name": HOSTILE}]}]
        content = review(admin, items).content.decode()
        assert "<script>alert" not in content
        assert "<img src=x" not in content

    def test_many_collections_cost_no_queries_each(self, admin, django_assert_max_num_queries):
        items = [{"name": f"new{at}", "fields": [{"type": "text", "name": "a"}]} for at in range(60)]
        with django_assert_max_num_queries(12):
            review_of(items, delete_missing=False)


class TestDifferences:
    def sections(self, posts, **members):
        draft = edit_collection(posts)
        draft.load(members)
        return {section.title: section for section in sections_of(posts, draft.as_collection())}

    def lines(self, side):
        return [(line.name, line.pieces) for line in side.lines]

    def test_the_same(self, posts):
        assert sections_of(posts, posts) == []

    def test_rules(self, posts):
        (section,) = self.sections(posts, listRule='title != "" && token = "a"', viewRule="").values()
        listed, viewed = section.rows
        assert self.lines(listed.old) == [("listRule", ((True, 'title != ""'),))]
        assert self.lines(listed.new) == [("listRule", ((True, 'title != ""'), (False, ' && token = "a"')))]
        assert self.lines(viewed.old) == [("viewRule", ((False, "Superusers only"),))]
        assert self.lines(viewed.new) == [("viewRule", ((False, "Everyone"),))]
        assert (section.same, section.changed) == ("3 rules are the same", 2)

    def test_fields(self, posts):
        fields = [field.as_json() for field in posts.fields if field.name != "token"]
        fields[1] = {**fields[1], "max": 200, "hidden": True}
        fields.append({"type": "url", "name": "source", "onlyDomains": ["a.example"]})
        (section,) = self.sections(posts, fields=fields).values()
        assert [(row.kind, (row.new or row.old).title) for row in section.rows] == [
            ("changed", "title"),
            ("removed", "token"),
            ("added", "source"),
        ]
        assert {line.name for line in section.rows[0].new.lines} == {"max", "hidden"}
        assert self.lines(section.rows[2].new) == [("onlyDomains", ((True, '["a.example"]'),))]
        assert (section.same, section.note) == ("2 fields are the same", "")

    def test_their_order(self, posts):
        fields = [field.as_json() for field in posts.fields]
        (section,) = self.sections(posts, fields=[fields[0], *fields[:0:-1]]).values()
        assert (section.rows, section.note) == ((), "The fields stand in another order.")

    def test_indexes(self, posts):
        index = "CREATE INDEX `idx_a` ON `posts` (`title`)"
        (section,) = self.sections(posts, indexes=[index]).values()
        assert [row.kind for row in section.rows] == ["added"]

    def test_options_by_their_paths(self, root):
        users = find_collection("users")
        draft = edit_collection(users)
        draft.load({"authToken": {"duration": 60}, "mfa": {"rule": "verified = true"}})
        found = {one.title: one for one in sections_of(users, draft.as_collection())}
        assert [row.new.lines[0].name for row in found["Options"].rows] == ["authToken.duration"]
        assert [row.new.lines[0].name for row in found["API rules"].rows] == ["mfaRule"]


class TestIds:
    def test_of_another_installation(self, admin, posts):
        theirs = [
            {
                "id": "pbc_other",
                "name": "posts",
                "fields": [
                    {"id": "text999", "name": "title", "type": "text"},
                    {"id": "rel999", "name": "related", "type": "relation", "collectionId": "pbc_other"},
                ],
                "indexes": ["CREATE INDEX `idx_pbc_other` ON `posts` (`title`) WHERE title != 'pbc_other'"],
            },
            {
                "name": "links",
                "fields": [{"name": "post", "type": "relation", "collectionId": "pbc_other"}],
            },
        ]
        catalog = load_catalog()
        assert names_with_other_ids(theirs, catalog) == ["posts"]
        ours, links = with_original_ids(theirs, catalog)
        assert ours["id"] == posts.id
        assert ours["fields"][0]["id"] == posts.fields_by_name["title"].id
        assert ours["fields"][1] == {**theirs[0]["fields"][1], "collectionId": posts.id}
        assert ours["indexes"] == [
            f"CREATE INDEX `idx_{posts.id}` ON `posts` (`title`) WHERE title != 'pbc_other'"
        ]
        assert links["fields"][0]["collectionId"] == posts.id
        assert theirs[0]["id"] == "pbc_other"

    def test_our_own_stay(self, admin):
        items = definitions(admin, "posts", "tags")
        assert names_with_other_ids(items, load_catalog()) == []

    def test_a_renamed_field_keeps_its_id(self, admin, posts):
        (item,) = definitions(admin, "posts")
        item["fields"][1]["name"] = "token"  # title becomes token, and token goes
        item["fields"] = item["fields"][:2]
        assert with_original_ids([item], load_catalog())[0]["fields"][1]["id"] == posts.fields[1].id

    def test_only_fields_differ(self, admin, posts):
        items = [{"id": posts.id, "name": "posts", "fields": [{"id": "x", "name": "title", "type": "text"}]}]
        assert names_with_other_ids(items, load_catalog()) == ["posts"]

    @pytest.mark.parametrize(
        "item", [{"name": "a", "fields": None}, {"name": "b", "fields": [5], "indexes": 3}]
    )
    def test_what_is_no_definition_is_left_to_the_service(self, item, root):
        assert with_original_ids([item], load_catalog()) == [item]

    def test_they_are_kept_at_first_and_may_be_let_go(self, admin):
        items = [{"id": "pbc_other", "name": "posts", "listRule": ""}]
        assert "1 is here under other ids: posts" in texts(review(admin, items))
        assert re.search(r'name="keep_ids" value="1" checked', review(admin, items).content.decode())
        response = run(admin, items)  # without the box
        assert "Nothing was written." in texts(response)
        assert load_catalog().find("posts").list_rule == 'title != ""'
        assert run(admin, items, keep_ids="1")["Location"] == IMPORT
        assert load_catalog().find("posts").list_rule == ""


class TestImport:
    def test_merges(self, admin, posts):
        assert run(admin, [{"name": "POSTS", "viewRule": ""}, {"name": "new"}])["Location"] == IMPORT
        assert "Imported: 1 new, 1 renamed." in texts(admin.get(IMPORT))
        found = load_catalog()
        assert (found.find("posts").view_rule, found.find("posts").list_rule) == ("", 'title != ""')
        assert found.find("new") and found.find("tags")

    def test_goes_by_the_hook_of_the_api(self, admin):
        seen = []

        def hear(event, **kwargs):
            seen.append((event.collections_data, event.delete_missing, event.info.method))
            return event.next()

        collections_import_request.connect(hear)
        try:
            run(admin, [{"name": "new"}])
        finally:
            collections_import_request.disconnect(hear)
        assert seen == [([{"name": "new"}], False, "PUT")]

    def test_refusals_are_shown_and_nothing_is_lost(self, admin):
        items = [{"name": "new", "listRule": "nothing = 1"}]
        response = run(admin, items)
        shown = texts(response)
        assert "Failed to import collections." in shown
        assert "Nothing was written." in shown
        assert "nothing" in shown
        assert json.dumps(items) in unescape(response.content.decode())
        assert load_catalog().find("new") is None

    @pytest.mark.parametrize("typed", [{}, {"typed_name": "acme"}, {"typed_name": ""}])
    def test_data_goes_only_with_the_name_of_the_app(self, admin, typed):
        items = all_but(admin, "posts")
        response = run(admin, items, delete_missing="1", **typed)
        assert response.status_code == 200
        assert ("That is not the name." in texts(response)) is bool(typed)
        assert load_catalog().find("posts") is not None

    def test_with_it_what_is_missing_goes(self, admin):
        items = all_but(admin, "posts")
        assert run(admin, items, delete_missing="1", typed_name="Acme")["Location"] == IMPORT
        assert load_catalog().find("posts") is None
        assert load_catalog().find("tags") is not None
        assert load_catalog().find("_superusers") is not None

    def test_what_cannot_be_read_leads_back_to_the_form(self, admin):
        assert "The list has no collections." in texts(run(admin, []))

    def test_not_while_controls_are_hidden(self, admin):
        save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "hideControls": True}})
        assert admin.get(IMPORT).status_code == 403
        assert run(admin, [{"name": "new"}]).status_code == 403
        assert load_catalog().find("new") is None

    def test_forgeries_are_refused(self, root, posts):
        browser = Client(enforce_csrf_checks=True)
        assert send_form(browser, RUN, collections="[]").status_code == 403


def test_hooks_that_refuse_are_heard(admin):
    def refuse(event, **kwargs):
        raise BadRequest("Not today.")

    collections_import_request.connect(refuse)
    try:
        response = run(admin, [{"name": "new"}])
    finally:
        collections_import_request.disconnect(refuse)
    assert "Not today." in texts(response)
