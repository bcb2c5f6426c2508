"""Staff: people who sign in to the dashboard, may see and do what their groups may, and nothing else."""

import re
from dataclasses import replace

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver

from admin_ui.addresses import BACKUP_UPLOAD
from admin_ui.large_uploads import is_signed_in_superuser
from admin_ui.models import CollectionRight, StaffMember
from auth_app.models import Superuser
from auth_app.tokens import issue_auth_token
from collections_app.catalog import find_collection, forget_catalog
from collections_app.definitions.saving import delete_collection, save_collection
from collections_app.events import record_create_request, record_update_request
from collections_app.models import StoredCollection
from collections_app.orm import collection_model
from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES, MIB
from system_app.middleware.body_limit import limit_for_reading
from tests.admin_ui.dashboard import EMAIL, is_in, send_form, sign_in
from tests.admin_ui.posts import AUTHOR, FIRST, HOSTILE, POSTS, form_of, make_posts
from tests.auth_app.accounts import PASSWORD, join, stored
from tests.collections_app.records.rows import insert

pytestmark = pytest.mark.django_db

ALICE = "alice@example.com"
ALICE_ID = "alice0000000001"
AUTHORS = "/_/collections/authors/"
CODES = {
    "enabled": True,
    "length": 8,
    "duration": 300,
    "emailTemplate": {"subject": "Code", "body": "<p>{OTP}</p>"},
}
RECORD = f"{POSTS}records/{FIRST}/"


@pytest.fixture
def world(root, make_collection, make_members):
    """`posts` and `authors`; and Alice of `members`, who is staff without any right."""
    make_posts(make_collection)
    make_members()
    join("members", ALICE_ID, email=ALICE)
    member = StaffMember.objects.create(id=ALICE_ID, collection_id=find_collection("members").id)
    member.groups.add(Group.objects.create(name="editors"))
    return member


@pytest.fixture
def grant(world):
    """Let the group of Alice do something."""

    def let(name, *actions):
        CollectionRight.objects.update_or_create(
            group=Group.objects.get(name="editors"),
            collection_id=find_collection(name).id,
            defaults={f"may_{action}": action in actions for action in ("add", "change", "delete")},
        )

    return let


@pytest.fixture
def alice(client, world):
    assert sign_in(client, ALICE).status_code == 302
    return client


def set_options(**changes):
    options = {**find_collection("members").options, **changes}
    StoredCollection.objects.filter(name="members").update(options=options)
    forget_catalog()


class TestSigningIn:
    def test_by_the_password_of_the_record(self, client, world):
        assert sign_in(client, ALICE, "wrong").status_code == 200
        assert not is_in(client)
        assert sign_in(client, ALICE).status_code == 302
        assert is_in(client)

    def test_others_of_the_collection_are_no_staff(self, client, world):
        join("members", "bob000000000001", username="bob000000000001", email="bob@example.com")
        assert sign_in(client, "bob@example.com").status_code == 200
        assert not is_in(client)

    def test_a_superuser_with_the_same_address_goes_first(self, client, world):
        join("members", "other0000000001", username="other0000000001", email=EMAIL)
        StaffMember.objects.create(id="other0000000001", collection_id=world.collection_id)
        sign_in(client, EMAIL)
        assert client.get("/_/collections/_superusers/").status_code == 200

    def test_a_second_factor_where_the_collection_asks_for_one(self, client, world, mailoutbox):
        set_options(mfa={"enabled": True, "duration": 300}, otp=CODES)
        page = sign_in(client, ALICE).content.decode()
        sent = dict(re.findall(r'name="(mfa_id|otp_id)" value="(\w+)"', page))
        code = re.search(r"\b(\d{8})\b", mailoutbox[0].body)[1]
        assert send_form(client, "/_/login/", code=code, **sent).status_code == 302
        assert is_in(client)

    def test_being_switched_off_ends_the_session(self, alice, world):
        StaffMember.objects.update(is_active=False)
        assert not is_in(alice)
        assert sign_in(Client(), ALICE).status_code == 200

    def test_a_new_password_ends_other_sessions_and_keeps_this_one(self, alice):
        elsewhere = Client()
        sign_in(elsewhere, ALICE)
        new = {"new_password1": "another password", "new_password2": "another password"}
        answer = send_form(alice, "/_/password_change/", old_password=PASSWORD, **new)
        assert answer["location"] == "/_/password_change/done/"
        assert (is_in(alice), is_in(elsewhere)) == (True, False)
        assert sign_in(Client(), ALICE, "another password").status_code == 302

    def test_a_forgotten_one_is_mailed_about(self, client, world, mailoutbox):
        send_form(client, "/_/forgotten-password/", email=ALICE)
        assert [mail.to for mail in mailoutbox] == [[ALICE]]

    def test_the_token_of_the_record_has_no_new_power(self, client, alice, grant):
        grant("posts", "add", "change", "delete")
        headers = {"authorization": issue_auth_token(stored("members", ALICE_ID))}
        assert Client().get("/api/collections/posts/records", headers=headers).status_code == 403
        feed = alice.get("/_/live-feeds/logs")
        assert feed.status_code in {401, 403}


# What is for staff, by the name of the address; with the right it goes by, or "" for everybody who is in.
FOR_STAFF = {
    "index": "",
    "jump": "",
    "collections": "",
    "set_theme": "",
    "set_language": "",
    "forgotten_password": "",
    "login": "",
    "logout": "",
    "password_change": "",
    "password_change_done": "",
    "jsi18n": "",
    "autocomplete": "",
    "records": "view",
    "record_count": "view",
    "record_choices": "view",
    "set_columns": "view",
    "set_pin": "view",
    "delete_records": "delete",
    "new_record": "add",
    "record": "view",
    "delete_record": "delete",
    "record_json": "view",
    "record_card": "view",
    "record_file": "view",
    "live_rows": "view",
    "export_records": "view",
    "filter_by_fields": "view",
    "record_history": "view",
    "collection_history": "view",
    "restore": "add",
}


def _addresses(patterns, prefix="/_/"):
    """Every address of the dashboard with something in the place of its parameters."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _addresses(one.url_patterns, prefix + str(one.pattern))
        elif isinstance(one, URLPattern):
            path = re.sub(r"<\w+:(\w+)>|<(\w+)>", _value, prefix + str(one.pattern))
            yield one.name, path


def _value(match):
    name = match[1] or match[2]
    known = {
        "collection": "posts",
        "record_id": FIRST,
        "group_id": "1",
        "change_id": "1",
        "member_id": ALICE_ID,
    }
    return known.get(name, "1")


class TestPages:
    """Whoever adds a screen adds it for superusers; this walks them all."""

    def addresses(self):
        found = [
            (name, path)
            for name, path in _addresses(django_admin.site.urls[0])
            if name and "^" not in path and "(" not in path
        ]
        assert len(found) > 20
        return found

    def test_without_a_right_all_are_closed_but_ones_own(self, alice):
        opened = set()
        for name, path in self.addresses():
            if name in {"logout", "login"}:
                continue
            for method in (alice.get, alice.post):
                if method(path).status_code not in {403, 404}:
                    opened.add(name)
        everybodys = {name for name, right in FOR_STAFF.items() if not right}
        assert opened <= everybodys

    def test_with_all_rights_of_a_collection_only_those_that_say_so_open(self, alice, grant):
        grant("posts", "add", "change", "delete")
        opened = set()
        for name, path in self.addresses():
            if name in {"logout", "login"}:
                continue
            if alice.get(path).status_code not in {403, 404}:
                opened.add(name)
        assert opened <= set(FOR_STAFF)
        assert opened >= {"records", "record", "new_record", "delete_record"}

    def test_what_is_closed_is_not_shown(self, alice, grant):
        grant("posts")
        for path in ("/_/", "/_/collections/", "/_/jump/?q=o", "/_/jump/?q=" + AUTHOR):
            page = alice.get(path).content.decode()
            links = set(re.findall(r'href="(/_/collections/[^"]+)"', page))
            assert links <= {POSTS}, path
        assert "staff-accounts" not in alice.get("/_/").content.decode()

    def test_system_collections_cannot_be_granted(self, alice, grant):
        for name in ("_superusers", "_otps", "_externalAuths"):
            grant(name, "add", "change", "delete")
            assert alice.get(f"/_/collections/{name}/").status_code == 403

    def test_nobody_can_tell_what_there_is(self, alice):
        answers = [alice.get(path) for path in (AUTHORS, "/_/collections/nothing/")]
        assert [answer.status_code for answer in answers] == [403, 403]


class TestRights:
    def test_to_see_is_not_to_change(self, alice, grant):
        grant("posts")
        page = alice.get(RECORD).content.decode()
        assert "One &amp; only" in page
        for part in (
            "save-bar",
            'name="was.',
            f"{RECORD}delete/",
            'id="new-record"',
            '<button class="button danger">',
        ):
            assert part not in page, part
        assert alice.post(RECORD, {"field.title": "No", "was.title": "x"}).status_code == 403
        assert stored("posts", FIRST)["title"] == "One & only"
        assert alice.post(f"{RECORD}delete/").status_code == 403
        assert alice.post(f"{POSTS}delete/", {"ids": FIRST, "confirmed": "1"}).status_code == 403
        assert alice.post(f"{POSTS}new/").status_code == 403

    def test_changes_are_done_as_oneself_and_above_the_rules(self, alice, grant, connect):
        who = []
        connect(
            record_update_request,
            lambda event, **kwargs: who.append((event.auth.id, event.has_superuser_auth)),
        )
        grant("posts", "change")
        form = form_of(alice.get(RECORD))
        form["field.title"] = "New"
        form["field.secret"] = "seen"
        assert alice.post(RECORD, form).status_code == 302
        record = stored("posts", FIRST)
        assert (record["title"], record["secret"]) == ("New", "seen")
        assert who == [(ALICE_ID, False)]

    def test_relations_to_closed_collections_stay_as_they_are(self, alice, grant):
        grant("posts", "change")
        page = alice.get(RECORD)
        assert "Ada Nwosu" not in page.content.decode()
        assert AUTHORS not in page.content.decode()
        form = form_of(page)
        form["field.title"] = "New"
        assert alice.post(RECORD, form).status_code == 302
        assert stored("posts", FIRST)["author"] == AUTHOR
        grant("authors")
        alice = Client()
        sign_in(alice, ALICE)
        assert "Ada Nwosu" in alice.get(RECORD).content.decode()

    def test_a_related_record_is_made_by_those_who_may_make_it(self, alice, grant):
        grant("posts", "change")
        grant("authors")
        page = alice.get(RECORD).content.decode()
        assert "Browse all" in page
        assert "New in authors" not in page
        grant("authors", "add")
        assert "New in authors" in alice.get(RECORD).content.decode()

    def test_adding_and_deleting(self, alice, grant, connect):
        made = []
        connect(record_create_request, lambda event, **kwargs: made.append(event.auth.id))
        grant("posts", "add", "delete")
        form = form_of(alice.get(f"{POSTS}new/"))
        form["field.title"] = HOSTILE
        assert alice.post(f"{POSTS}new/", form).status_code == 302
        assert made == [ALICE_ID]
        assert alice.post(f"{RECORD}delete/").status_code == 302
        assert [row.title for row in collection_model("posts").objects.all()] == [HOSTILE]

    @pytest.mark.parametrize(
        "filter_text",
        [
            pytest.param('author.name ~ "Ada"', id="relation"),
            pytest.param('@collection.authors.name ?~ "Ada"', id="any_collection"),
            pytest.param('readers.name ~ "Ada"', id="relations"),
        ],
    )
    def test_a_filter_looks_into_nothing_that_is_closed(self, alice, grant, filter_text):
        grant("posts")
        page = alice.get(POSTS, {"filter": filter_text}).content.decode()
        assert "One &amp; only" not in page
        grant("authors")
        opened = alice.get(POSTS, {"filter": filter_text}).content.decode()
        assert ("One &amp; only" in opened) == filter_text.startswith("author.")

    @pytest.mark.parametrize("filter_text", ['author.name ~ "Ada"', '@collection.authors.name ?~ "Ada"'])
    def test_nor_does_one_of_single_rows_or_of_a_file(self, alice, grant, filter_text):
        grant("posts")
        rows = alice.get(f"{POSTS}rows/", {"ids": FIRST, "filter": filter_text})
        assert FIRST not in rows.content.decode()
        file = alice.get(f"{POSTS}export/", {"format": "json", "filter": filter_text})
        assert FIRST not in b"".join(file).decode()

    def test_a_filter_of_back_relations(self, alice, grant):
        grant("authors")
        text = 'posts_via_author.title ~ "One"'
        assert AUTHOR not in alice.get(AUTHORS, {"filter": text}).content.decode()
        grant("posts")
        assert AUTHOR in alice.get(AUTHORS, {"filter": text}).content.decode()

    def test_public_rules_open_nothing(self, alice, grant, make_collection):
        make_collection("open", list_rule="", view_rule="", create_rule="", update_rule="", delete_rule="")
        insert(find_collection("open"), id="opened000000001")
        assert alice.get("/_/collections/open/").status_code == 403
        assert alice.get("/_/collections/open/records/opened000000001/").status_code == 403

    def test_accounts_of_staff_are_the_superusers_to_change(self, alice, grant):
        join("members", "boss00000000001", username="boss00000000001", email="boss@example.com")
        join("members", "user00000000001", username="user00000000001", email="user@example.com")
        StaffMember.objects.create(id="boss00000000001", collection_id=find_collection("members").id)
        grant("members", "change", "delete")
        new = {"password": "another password", "passwordConfirm": "another password"}
        answers = {
            id_: alice.post(f"/_/collections/members/records/{id_}/", new).status_code
            for id_ in ("boss00000000001", ALICE_ID, "user00000000001")
        }
        assert answers == {"boss00000000001": 403, ALICE_ID: 403, "user00000000001": 302}
        assert alice.post("/_/collections/members/records/boss00000000001/delete/").status_code == 403
        page = alice.get("/_/collections/members/records/boss00000000001/").content.decode()
        assert "save-bar" not in page
        assert stored("members", "boss00000000001") is not None

    def test_they_follow_a_new_name_and_go_with_the_collection(self, alice, grant, root):
        grant("posts")
        posts = find_collection("posts")
        save_collection(replace(posts, name="articles"), posts)
        assert alice.get("/_/collections/articles/").status_code == 200
        delete_collection(find_collection("articles"))
        assert not CollectionRight.objects.filter(collection_id=posts.id).exists()

    def test_they_are_of_all_groups_together(self, alice, grant, world):
        grant("posts", "add")
        second = Group.objects.create(name="cleaners")
        CollectionRight.objects.create(
            group=second, collection_id=find_collection("posts").id, may_delete=True
        )
        world.groups.add(second)
        assert world.rights.granted == {find_collection("posts").id: {"view", "add", "delete"}}
        assert world.has_perm("collections_app.delete_records", find_collection("posts"))
        assert not world.has_perm("collections_app.change_records", find_collection("posts"))
        assert not world.has_perm("collections_app.view_records", find_collection("authors"))

    def test_who_makes_a_record_with_the_id_of_an_account_is_no_staff(self, client, world):
        collection_model("members").objects.get(pk=ALICE_ID).delete()
        assert not StaffMember.objects.exists()
        join("members", ALICE_ID, email=ALICE)
        assert sign_in(client, ALICE).status_code == 200

    def test_accounts_go_with_their_collection(self, world):
        delete_collection(find_collection("members"))
        assert not StaffMember.objects.exists()


class TestManaging:
    @pytest.fixture
    def admin(self, client, world):
        sign_in(client)
        return client

    def test_a_group_with_rights(self, admin):
        posts, authors = find_collection("posts"), find_collection("authors")
        answer = admin.post(
            "/_/staff-accounts/groups/new/",
            {"name": "writers", "rights": [f"{posts.id}:add", f"{authors.id}:view", "pbc_nothing:view"]},
        )
        assert answer.status_code == 302
        rights = CollectionRight.objects.filter(group__name="writers")
        assert {right.collection_id: right.actions for right in rights} == {
            posts.id: {"view", "add"},
            authors.id: {"view"},
        }
        group = Group.objects.get(name="writers")
        page = admin.get(f"/_/staff-accounts/groups/{group.pk}/").content.decode()
        assert re.search(rf'value="{posts.id}:add"[^>]* checked', page)
        assert not re.search(rf'value="{posts.id}:delete"[^>]* checked', page)

    @pytest.mark.parametrize("name", ["", "  ", "editors"])
    def test_a_name_that_cannot_be(self, admin, name):
        posts = find_collection("posts")
        values = {"name": name, "rights": [f"{posts.id}:view"]}
        page = admin.post("/_/staff-accounts/groups/new/", values).content.decode()
        assert "field-error" in page
        assert re.search(rf'value="{posts.id}:view"[^>]* checked', page)  # nothing is lost
        assert Group.objects.count() == 1

    def test_no_right_for_system_collections(self, admin):
        superusers = find_collection("_superusers")
        admin.post("/_/staff-accounts/groups/new/", {"name": "x", "rights": [f"{superusers.id}:change"]})
        assert not CollectionRight.objects.exists()

    def test_a_member_by_the_address(self, admin):
        bob = join("members", "bob000000000001", username="bob000000000001", email="bob@example.com")
        group = Group.objects.get(name="editors")
        values = {"collection": bob.collection.id, "email": "bob@example.com", "groups": str(group.pk)}
        assert admin.post("/_/staff-accounts/members/new/", values).status_code == 302
        assert list(StaffMember.objects.get(pk=bob.id).groups.all()) == [group]
        assert "already" in admin.post("/_/staff-accounts/members/new/", values).content.decode()

    @pytest.mark.parametrize("collection", ["members", "_superusers"])
    def test_only_who_there_is_of_an_auth_collection(self, admin, collection):
        values = {"collection": find_collection(collection).id, "email": EMAIL}
        page = admin.post("/_/staff-accounts/members/new/", values).content.decode()
        assert "errorlist" in page
        assert StaffMember.objects.count() == 1

    def test_switching_off_and_removing(self, admin):
        address = f"/_/staff-accounts/members/{ALICE_ID}/"
        admin.post(address, {"groups": []})
        member = StaffMember.objects.get()
        assert (member.is_active, member.groups.count()) == (False, 0)
        assert "danger-fill" in admin.post(address, {"remove": "1"}).content.decode()
        assert StaffMember.objects.exists()  # it asks first
        admin.post(address, {"remove": "1", "confirmed": "1"})
        assert not StaffMember.objects.exists()
        assert stored("members", ALICE_ID) is not None

    def test_a_manage_rule_is_warned_of(self, admin):
        assert "notice warn" not in admin.get("/_/staff-accounts/").content.decode()
        set_options(manageRule="@request.auth.id != ''")
        assert "notice warn" in admin.get("/_/staff-accounts/").content.decode()

    def test_superusers_are_no_staff_to_anybody(self, world):
        assert Superuser.objects.get(email=EMAIL).has_perm("anything")


def scope_of(client, path):
    """What a server knows of a form that this client is about to send."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"cookie", cookies.encode())]
    return {"method": "POST", "path": path, "headers": headers, "client": ["127.0.0.1", 5]}


def test_staff_sends_no_bodies_of_any_size(alice):
    assert not is_signed_in_superuser(scope_of(alice, BACKUP_UPLOAD))
    assert alice.post(BACKUP_UPLOAD, {}).status_code == 403


@pytest.mark.parametrize("path", ["new/", "records/abc/"])
def test_the_form_of_a_record_has_room_for_what_its_fields_have(make_collection, alice, path):
    admin = Client()
    sign_in(admin)
    make_collection("films", [{"type": "file", "name": "film", "maxSize": 300 * MIB, "maxSelect": 1}])
    form = f"/_/collections/films/{path}"
    read = [limit_for_reading(scope_of(client, form)) for client in (admin, alice, Client())]
    assert read == [DEFAULT_LIMIT_BYTES + 300 * MIB] * 2 + [DEFAULT_LIMIT_BYTES]
    assert limit_for_reading(scope_of(admin, "/_/collections/films/edit/")) == DEFAULT_LIMIT_BYTES
