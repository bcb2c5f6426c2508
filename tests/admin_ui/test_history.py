"""The history: every change made in the dashboard, by whom, with what it was before; and the way back."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admin_ui.models import Change, CollectionRight, HistoryChoice, StaffMember
from collections_app.catalog import find_collection
from collections_app.commits import witnessed
from collections_app.definitions.saving import delete_collection, save_collection
from collections_app.events import model_update_execute, record_update
from collections_app.records.querying.finding import find_record
from collections_app.records.writing.saving import save_record
from tests.admin_ui.dashboard import EMAIL, sign_in
from tests.admin_ui.posts import AUTHOR, FIRST, HOSTILE, POSTS, form_of, make_posts
from tests.auth_app.accounts import join, stored
from tests.collections_app.records.rows import insert
from tests.system_app.settings_row import superuser

pytestmark = pytest.mark.django_db

RECORD = f"{POSTS}records/{FIRST}/"
HISTORY = "/_/change-history/"


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    sign_in(client)
    return client


def save(admin, address=RECORD, **changes):
    form = form_of(admin.get(address))
    form.update({f"field.{name}": value for name, value in changes.items()})
    return admin.post(address, form)


def pairs_of(change):
    return {
        name: pair and [json.loads(text) for text in pair] for name, pair in json.loads(change.fields).items()
    }


class TestWriting:
    def test_a_change_with_old_and_new(self, admin, root):
        save(admin, title="New", rating="2")
        change = Change.objects.get()
        assert (change.kind, change.collection_name, change.record_id, change.label) == (
            "update",
            "posts",
            FIRST,
            "New",
        )
        assert (change.actor_collection, change.actor_id, change.actor_name) == (
            "_superusers",
            root.id,
            EMAIL,
        )
        assert pairs_of(change) == {"title": ["One & only", "New"], "rating": [4.5, 2]}

    def test_nothing_changed_is_nothing_written(self, admin):
        save(admin)
        assert not Change.objects.exists()

    def test_made_and_deleted(self, admin):
        made = save(admin, f"{POSTS}new/", title=HOSTILE)
        admin.post(f"{RECORD}delete/")
        first, second = Change.objects.order_by("id")
        assert (first.kind, first.record_id in made["location"], pairs_of(first)["title"]) == (
            "create",
            True,
            [None, HOSTILE],
        )
        assert (second.kind, second.record_id, pairs_of(second)["title"]) == (
            "delete",
            FIRST,
            ["One & only", None],
        )

    def test_what_goes_with_a_record_is_told_too(self, admin):
        admin.post(f"/_/collections/authors/records/{AUTHOR}/delete/")
        told = [(one.kind, one.collection_name, one.record_id) for one in Change.objects.order_by("id")]
        assert told == [("delete", "authors", AUTHOR), ("update", "posts", FIRST)]

    def test_secrets_are_left_out(self, admin, make_members):
        make_members()
        person = join("members", "alice0000000001", email="alice@example.com")
        new = {"password": "another password", "passwordConfirm": "another password"}
        admin.post(f"/_/collections/members/records/{person.id}/", new)
        change = Change.objects.get()
        assert pairs_of(change) == {"password": None, "tokenKey": None}
        admin.post(f"/_/collections/members/records/{person.id}/delete/")
        texts = " ".join(Change.objects.values_list("fields", flat=True))
        assert "$2" not in texts
        assert find_record(person.collection, person.id) is None
        assert person["tokenKey"] not in texts

    def test_in_the_same_transaction(self, admin, connect):
        def refuse(event, **kwargs):
            yield
            assert Change.objects.count() == 1
            raise RuntimeError("not after all")

        connect(model_update_execute, refuse, collection="posts")
        assert save(admin, title="New").status_code == 200
        assert stored("posts", FIRST)["title"] == "One & only"
        assert not Change.objects.exists()

    def test_a_history_that_cannot_be_written_stops_the_change(self, admin, monkeypatch):
        class Broken:
            def record(self, change):
                raise RuntimeError("no room")

        record = stored("posts", FIRST)
        record["title"] = "New"
        with witnessed(Broken()), pytest.raises(RuntimeError):
            save_record(record)
        assert stored("posts", FIRST)["title"] == "One & only"

    def test_what_hooks_write_belongs_to_it(self, admin, connect):
        def also(event, **kwargs):
            yield
            author = stored("authors", AUTHOR)
            author["name"] = "By a hook"
            save_record(author)

        connect(record_update, also, collection="posts")
        save(admin, title="New")
        assert [one.collection_name for one in Change.objects.order_by("id")] == ["posts", "authors"]

    def test_long_values_are_cut(self, admin):
        save(admin, body="x" * 50_000)
        text = pairs_of(Change.objects.get())["body"][1]
        assert (len(text), text[0], text[-1]) == (20_001, "x", "…")

    def test_definitions(self, admin):
        posts = find_collection("posts")
        with witnessed_by(admin):
            save_collection(replace(posts, name="articles", list_rule="", fields=posts.fields[:-1]), posts)
        change = Change.objects.get()
        assert (change.record_id, change.collection_name) == ("", "articles")
        assert {name: pair[1] for name, pair in pairs_of(change).items()} == {
            "name": "articles",
            "listRule": "",
            f"field {posts.fields[-1].name}": None,
        }

    def test_sign_ins_leave_nothing(self, admin, client):
        sign_in(Client())
        assert not Change.objects.exists()

    def test_the_api_is_not_kept_unless_asked_for(self, admin, settings):
        api = superuser()
        path = f"/api/collections/posts/records/{FIRST}"
        api.patch(path, {"title": "By the API"}, content_type="application/json")
        assert not Change.objects.exists()
        settings.JOEY_HISTORY = "all"
        api.patch(path, {"title": "And again"}, content_type="application/json")
        assert pairs_of(Change.objects.get()) == {"title": ["By the API", "And again"]}
        settings.JOEY_HISTORY = "off"
        save(admin, title="New")
        assert Change.objects.count() == 1

    def test_what_is_old_goes_with_the_next_change(self, admin, settings):
        save(admin, title="First")
        save(admin, title="Second")
        Change.objects.order_by("id").filter(pk=Change.objects.earliest("id").pk).update(
            at=timezone.now() - timedelta(days=settings.JOEY_HISTORY_DAYS + 1)
        )
        assert "First" in admin.get(HISTORY).content.decode()  # as what it was before
        save(admin, title="Third")
        assert [pairs_of(one)["title"][1] for one in Change.objects.order_by("id")] == ["Second", "Third"]

    def test_it_costs_two_statements_for_a_record(self, admin):
        insert(find_collection("authors"), id="second000000000", name="B")
        with CaptureQueriesContext(
            connection,
        ) as context:
            admin.post("/_/collections/authors/delete/", {"ids": "second000000000", "confirmed": "1"})
        assert len([one for one in context if "admin_ui_change" in one["sql"]]) == 2  # what is old, and this


def witnessed_by(client):
    """What a request of this browser would have written."""
    from django.test import RequestFactory

    from admin_ui.history.recording import Recorder
    from auth_app.models import Superuser

    request = RequestFactory().post("/_/")
    request.user = Superuser.objects.get(email=EMAIL)
    return witnessed(Recorder(request))


class TestReading:
    def test_pages_of_everything_a_collection_and_a_record(self, admin):
        save(admin, title=HOSTILE)
        for path in (HISTORY, f"{POSTS}history/", f"{RECORD}history/"):
            page = admin.get(path).content.decode()
            assert "&lt;script&gt;alert(2)" in page, path
            assert "<script>alert(2)" not in page
            assert "<del>" in page.replace('<del><span class="visually-hidden">', "<del>")
            assert EMAIL in page

    @pytest.mark.parametrize(
        ("query", "is_there"),
        [
            ("collection=posts", True),
            ("collection=authors", False),
            ("collection=nothing", False),
            ("kind=update", True),
            ("kind=delete", False),
            ("kind=nonsense", True),
            ("who=nobody", False),
            ("before=1", False),
            ("before=²", True),
            ("before=99999999999999999999999", True),
        ],
    )
    def test_what_the_query_asks_for(self, admin, query, is_there):
        save(admin, title="Renamed")
        assert ("Renamed" in admin.get(f"{HISTORY}?{query}").content.decode()) == is_there

    def test_older_ones_are_on_the_next_page(self, admin, root):
        Change.objects.bulk_create(
            Change(kind="update", collection_id="c", collection_name="c", record_id="r", label=f"L{at}.")
            for at in range(45)
        )
        page = admin.get(HISTORY).content.decode()
        assert ("L44." in page, "L5." in page, "L4." in page) == (True, True, False)
        older = re.search(r'href="(\?before=\d+)"', page)[1]
        page = admin.get(f"{HISTORY}{older}").content.decode()
        assert ("L4." in page, "L0." in page, "L5." in page) == (True, True, False)

    def test_queries_do_not_grow_with_the_entries(self, admin):
        counts = []
        for many in (2, 30):
            Change.objects.bulk_create(
                Change(
                    kind="update",
                    collection_id=find_collection("posts").id,
                    collection_name="posts",
                    record_id="r",
                )
                for _ in range(many)
            )
            with CaptureQueriesContext(connection) as context:
                admin.get(HISTORY)
            counts.append(len(context))
        assert counts[0] == counts[1]

    def test_staff_sees_that_of_records_it_may_see(self, admin, make_members, client):
        make_members()
        join("members", "alice0000000001", email="alice@example.com")
        member = StaffMember.objects.create(id="alice0000000001", collection_id=find_collection("members").id)
        group = Group.objects.create(name="readers")
        member.groups.add(group)
        save(admin, title="Renamed")
        posts = find_collection("posts")
        with witnessed_by(admin):
            save_collection(replace(posts, list_rule="title = 'definition'"), posts)
        alice = Client()
        sign_in(alice, "alice@example.com")
        assert alice.get(f"{POSTS}history/").status_code == 403
        CollectionRight.objects.create(group=group, collection_id=posts.id)
        page = alice.get(f"{POSTS}history/").content.decode()
        assert ("Renamed" in page, "definition" in page, "keeping/" in page) == (True, False, False)
        assert alice.get(HISTORY).status_code == 403

    def test_of_what_is_gone(self, admin):
        admin.post(f"{RECORD}delete/")
        assert "One &amp; only" in admin.get(f"{RECORD}history/").content.decode()
        delete_collection(find_collection("posts"))
        assert "One &amp; only" in admin.get(HISTORY).content.decode()


class TestKeeping:
    def test_only_which_fields(self, admin):
        save(admin, title="First")
        admin.post(f"{POSTS}history/keeping/", {"keeps_values": "0"})
        assert "First" not in " ".join(Change.objects.values_list("fields", flat=True))
        save(admin, title="Second")
        assert pairs_of(Change.objects.latest("id")) == {"title": None}
        assert Change.objects.latest("id").label == ""
        page = admin.get(f"{POSTS}history/").content.decode()
        assert ("Second" in page, "title" in page) == (False, True)

    def test_goes_with_the_collection(self, admin):
        admin.post(f"{POSTS}history/keeping/", {"keeps_values": "0"})
        with witnessed_by(admin):
            delete_collection(find_collection("posts"))
        assert not HistoryChoice.objects.exists()


class TestRestoring:
    def delete(self, admin):
        admin.post(f"{RECORD}delete/")
        return f"{POSTS}history/{Change.objects.latest('id').pk}/restore/"

    def test_with_its_id_and_values(self, admin):
        before = dict(stored("posts", FIRST).values)
        address = self.delete(admin)
        shown = address.replace("/posts/", f"/{find_collection('posts').id}/")
        assert f'action="{shown}"' in admin.get(f"{POSTS}history/").content.decode()
        assert admin.post(address)["location"] == RECORD
        after = dict(stored("posts", FIRST).values)
        assert {**after, "updated": 0} == {**before, "updated": 0}
        assert Change.objects.latest("id").kind == "create"

    def test_is_refused_for_an_id_that_is_taken(self, admin):
        address = self.delete(admin)
        admin.post(address)
        answer = admin.post(address, follow=True)
        assert "toast error" in answer.content.decode()

    def test_not_of_what_was_not_kept(self, admin):
        admin.post(f"{POSTS}history/keeping/", {"keeps_values": "0"})
        address = self.delete(admin)
        assert "restore/" not in admin.get(f"{POSTS}history/").content.decode()
        admin.post(address)
        assert find_record(find_collection("posts"), FIRST) is None

    def test_an_account_with_another_password(self, admin, make_members):
        make_members()
        join("members", "alice0000000001", email="alice@example.com")
        admin.post("/_/collections/members/records/alice0000000001/delete/")
        admin.post(f"/_/collections/members/history/{Change.objects.latest('id').pk}/restore/")
        record = stored("members", "alice0000000001")
        assert (record["email"], record.validate_password("1234567890")) == ("alice@example.com", False)

    def test_only_of_the_collection_in_the_address(self, admin):
        change = self.delete(admin).split("/")[-3]
        assert admin.post(f"/_/collections/authors/history/{change}/restore/").status_code == 404
