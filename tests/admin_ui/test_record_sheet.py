"""What stands beside a record's fields: copies, JSON, cards, files, and what is done with an account."""

import json
import re

import pytest
from django.contrib.admin.utils import quote
from django.core import mail

from auth_app.flows.password_reset import RESET_MAIL
from auth_app.tokens import find_record_by_token, issue_auth_token
from collections_app.catalog import find_collection
from collections_app.events import record_update_request
from collections_app.orm import collection_model
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import AUTHOR, FIELDS, FIRST, HOSTILE, POSTS, form_of, make_posts
from tests.auth_app.accounts import join, stored
from tests.collections_app.records.rows import insert

pytestmark = pytest.mark.django_db

ADDRESS = f"{POSTS}records/{FIRST}/"
ALICE = "alice0000000001"
ACCOUNT = f"/_/collections/members/records/{ALICE}/"


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    sign_in(client)
    return client


@pytest.fixture
def alice(admin, make_members):
    make_members()
    return join("members", ALICE, email="alice@example.com", username="alice")


class TestDangling:
    """A relation to nothing is shown, and does not keep anybody from saving something else."""

    @pytest.fixture(autouse=True)
    def _gone(self, admin):
        posts = find_collection("posts")
        insert(posts, id="dangling0000000", title="Old", author="nobody000000000", readers=[AUTHOR, "gone"])

    def test_saving_what_was_changed(self, admin):
        address = f"{POSTS}records/dangling0000000/"
        form = form_of(admin.get(address))
        assert admin.post(address, {**form, "field.title": ["New"]}).status_code == 302
        kept = stored("posts", "dangling0000000")
        assert (kept["title"], kept["author"]) == ("New", "nobody000000000")
        assert kept["readers"] == [AUTHOR, "gone"]

    def test_a_relation_that_somebody_changes_must_lead_somewhere(self, admin):
        address = f"{POSTS}records/dangling0000000/"
        form = form_of(admin.get(address))
        page = admin.post(address, {**form, "field.readers": ["gone"]}).content.decode()
        assert 'id="field-readers-error"' in page
        assert stored("posts", "dangling0000000")["readers"] == [AUTHOR, "gone"]

    def test_the_api_refuses_as_ever(self, admin, client, root):
        token = issue_auth_token(stored("_superusers", root.id))
        answer = client.patch(
            "/api/collections/posts/records/dangling0000000",
            {"title": "New"},
            content_type="application/json",
            headers={"authorization": token},
        )
        assert answer.status_code == 400
        assert set(answer.json()["data"]) == {"author", "readers"}


class TestOrder:
    def test_of_related_records_by_numbers(self, admin):
        authors = find_collection("authors")
        for id_ in ("b00000000000000", "c00000000000000"):
            insert(authors, id=id_, name=id_)
        form = form_of(admin.get(ADDRESS))
        form["field.readers"] = [AUTHOR, "b00000000000000", "c00000000000000"]
        places = {AUTHOR: "9", "b00000000000000": "2", "c00000000000000": "1"}
        form |= {f"place.readers.{id_}": [place] for id_, place in places.items()}
        assert admin.post(ADDRESS, form).status_code == 302
        assert stored("posts", FIRST)["readers"] == ["c00000000000000", "b00000000000000", AUTHOR]

    def test_a_number_that_is_none_says_nothing(self, admin):
        form = form_of(admin.get(ADDRESS))
        form["field.readers"] = [AUTHOR]
        assert admin.post(ADDRESS, {**form, f"place.readers.{AUTHOR}": ["²"]}).status_code == 302


class TestCopies:
    def test_everything_but_files_dates_and_the_id(self, admin):
        form = form_of(admin.get(f"{POSTS}new/?from={FIRST}"))
        response = admin.post(f"{POSTS}new/?from={FIRST}", form)
        assert response.status_code == 302, response.content.decode()
        original = dict(stored("posts", FIRST).values)
        copy = dict(stored("posts", response["Location"].split("/")[-2]).values)
        own = {"id", "updated", "papers", "meta"}
        assert {name: copy[name] for name in copy if name not in own} == {
            name: original[name] for name in original if name not in own
        }
        assert copy["papers"] == []
        assert json.loads(copy["meta"]) == json.loads(original["meta"])

    def test_of_nothing(self, admin):
        assert admin.get(f"{POSTS}new/?from=nobody").status_code == 404

    def test_what_is_refused_stays(self, admin):
        form = {**form_of(admin.get(f"{POSTS}new/?from={FIRST}")), "field.title": [""]}
        page = admin.post(f"{POSTS}new/?from={FIRST}", form)
        assert 'id="field-title-error"' in page.content.decode()
        assert form_of(page)["field.body"] == ["<p>Long <b>ago</b></p>"]


class TestLooks:
    def test_json_as_the_api_has_it(self, admin):
        answer = admin.get(f"{ADDRESS}json/?download=1")
        assert f'filename="posts-{FIRST}.json"' in answer["Content-Disposition"]
        found = json.loads(answer.content)
        assert found["meta"] == {"views": 12345678901234567890, "lang": "en"}
        assert found["body"] == "<p>Long <b>ago</b></p>"
        assert "expand" not in found
        assert "&lt;p&gt;Long" in admin.get(f"{ADDRESS}json/").content.decode()

    def test_a_card(self, admin, django_assert_max_num_queries):
        insert(find_collection("authors"), id="hostile00000000", name=HOSTILE)
        admin.get(ADDRESS)
        with django_assert_max_num_queries(6):
            page = admin.get("/_/collections/authors/records/hostile00000000/card/").content.decode()
        assert "<script>" not in page
        assert 'href="/_/collections/authors/records/hostile00000000/"' in page

    @pytest.mark.parametrize("part", ["json/", "card/", "files/x.png/"])
    def test_of_nothing(self, admin, part):
        assert admin.get(f"{POSTS}records/nobody/{part}").status_code == 404

    def test_a_file_that_the_record_does_not_have(self, admin):
        assert admin.get(f"{ADDRESS}files/{quote('other.png')}/").status_code == 404

    def test_a_view_shows_its_values_only(self, admin, make_collection):
        fields = [FIELDS[0], FIELDS[1]]  # title and status
        query = {"viewQuery": "SELECT id, title, status FROM posts"}
        make_collection("stats", type="view", options=query, fields=fields)
        page = admin.get(f"/_/collections/stats/records/{FIRST}/").content.decode()
        assert "Delete…" not in page
        assert "required" not in page.partition('class="form-grid"')[2].partition("</form>")[0]
        assert '<span class="tag" data-hue="2">done</span>' in page


class TestPicker:
    def test_pages_of_choices(self, admin):
        authors = find_collection("authors")
        for number in range(45):
            insert(authors, id=f"a{number:014}", name=f"Author {number}")
        first = admin.get("/_/collections/authors/choices/").content.decode()
        assert first.count('role="option"') == 40
        assert 'data-more="2"' in first
        second = admin.get("/_/collections/authors/choices/?page=2").content.decode()
        assert second.count('role="option"') == 6
        assert "data-more" not in second

    def test_choices_take_few_queries_however_many_there_are(self, admin, django_assert_max_num_queries):
        authors = find_collection("authors")
        for number in range(40):
            insert(authors, id=f"a{number:014}", name=f"Author {number}")
        admin.get("/_/collections/authors/choices/")
        with django_assert_max_num_queries(4):
            admin.get("/_/collections/authors/choices/?q=Author")

    def test_a_filter_that_is_none_is_told(self, admin):
        assert "cannot be used" in admin.get("/_/collections/authors/choices/?q=name =").content.decode()

    def test_pictures_of_fields_that_everybody_may_see(self, admin, make_collection):
        media = make_collection("media", fields=[{"type": "file", "name": "cover", "maxSelect": 1}])
        insert(media, id="media0000000000", cover="a.png")
        insert(media, id="media0000000001", cover="a.txt")
        page = admin.get("/_/pictures/?of=media.cover").content.decode()
        assert re.findall('data-picture="(.*?)"', page) == [f"/api/files/{media.id}/media0000000000/a.png"]
        assert "posts.papers" not in page  # they are protected


class TestMails:
    @pytest.mark.parametrize("kind", ["verification", "password-reset"])
    def test_asks_and_sends(self, admin, alice, kind):
        collection_model("members").objects.filter(pk=ALICE).update(verified=False)
        assert "alice@example.com" in admin.get(f"{ACCOUNT}mail/{kind}/").content.decode()
        assert mail.outbox == []
        response = admin.post(f"{ACCOUNT}mail/{kind}/?page=2")
        assert response["Location"] == f"{ACCOUNT}?page=2"
        assert [message.to for message in mail.outbox] == [["alice@example.com"]]
        assert "on its way" in admin.get(ACCOUNT).content.decode()

    def test_not_twice_in_two_minutes(self, admin, alice):
        admin.post(f"{ACCOUNT}mail/password-reset/")
        page = admin.post(f"{ACCOUNT}mail/password-reset/").content.decode()
        assert "less than two minutes ago" in page
        assert len(mail.outbox) == 1
        RESET_MAIL.forget(stored("members", ALICE))

    def test_none_to_confirm_what_is_confirmed(self, admin, alice):
        page = admin.post(f"{ACCOUNT}mail/verification/").content.decode()
        assert "verified already" in page
        assert mail.outbox == []

    def test_a_kind_that_there_is_not(self, admin, alice):
        assert admin.get(f"{ACCOUNT}mail/birthday/").status_code == 404


class TestImpersonating:
    def test_a_token_of_that_duration_that_cannot_be_renewed(self, admin, alice):
        assert "token" not in form_texts(admin.get(f"{ACCOUNT}impersonate/"))
        page = admin.post(f"{ACCOUNT}impersonate/", {"duration": "3600"})
        token = form_texts(page)["token"]
        record, parsed = find_record_by_token(token, {"auth"})
        assert (record.id, parsed.is_refreshable) == (ALICE, False)
        assert "no-store" in page["Cache-Control"]
        for sample in ("pb.authStore.save(&quot;", "requests.get(", "curl -H"):
            assert sample in page.content.decode()

    @pytest.mark.parametrize("said", ["soon", "-1", "1.5", "9" * 11, "²"])
    def test_what_is_no_duration(self, admin, alice, said):
        page = admin.post(f"{ACCOUNT}impersonate/", {"duration": said})
        assert "a number of seconds" in page.content.decode()
        assert "token" not in form_texts(page)

    def test_only_of_accounts(self, admin):
        assert admin.get(f"{ADDRESS}impersonate/").status_code == 404


def form_texts(response) -> dict[str, str]:
    return dict(re.findall(r'<input id="(\w+)"[^>]*? value="([^"]+)"', response.content.decode()))


class TestTokens:
    def test_all_end(self, admin, alice, connect):
        bodies = []

        def note(event, **kwargs):
            bodies.append(dict(event.info.body))

        connect(record_update_request, note)
        token = issue_auth_token(stored("members", ALICE))
        assert "Every token of this account ends" in admin.get(f"{ACCOUNT}reset-tokens/").content.decode()
        assert find_record_by_token(token, {"auth"})
        assert admin.post(f"{ACCOUNT}reset-tokens/").status_code == 302
        assert find_record_by_token(token, {"auth"}) is None
        assert [list(body) for body in bodies] == [["tokenKey"]]
        assert stored("members", ALICE)["tokenKey"] not in admin.get(ACCOUNT).content.decode()

    def test_own_ones_are_told_beforehand(self, admin, root):
        page = admin.get(f"/_/collections/_superusers/records/{root.id}/reset-tokens/").content.decode()
        assert "your own account" in page


class TestProviders:
    @pytest.fixture
    def linked(self, alice):
        links = find_collection("_externalAuths")
        return insert(
            links,
            id="link00000000001",
            collectionRef=find_collection("members").id,
            recordRef=ALICE,
            provider="github",
            providerId="<b>42</b>",
        )

    def test_are_listed(self, admin, linked):
        page = admin.get(f"{ACCOUNT}providers/").content.decode()
        assert "GitHub" in page
        assert "&lt;b&gt;42&lt;/b&gt;" in page

    def test_ask_and_go(self, admin, linked):
        address = f"{ACCOUNT}providers/{linked}/unlink/"
        assert "Nobody signs in to this account with GitHub" in admin.get(address).content.decode()
        assert admin.post(address)["Location"] == f"{ACCOUNT}providers/"
        assert "No provider is linked" in admin.get(f"{ACCOUNT}providers/").content.decode()

    def test_of_others_are_not_reached(self, admin, linked):
        join("members", "bob000000000001", email="bob@example.com", username="bob")
        address = f"/_/collections/members/records/bob000000000001/providers/{linked}/unlink/"
        assert admin.post(address).status_code == 404


class TestMaps:
    @pytest.mark.parametrize("tiles", ["", "no address", "https://a b/{z}", "javascript:alert(1)"])
    def test_without_a_host_there_is_none(self, admin, settings, tiles):
        settings.JOEY_MAP_TILES = tiles
        response = admin.get(ADDRESS)
        assert "data-map" not in response.content.decode()
        assert "img-src 'self' data: blob:;" in response["Content-Security-Policy"]

    def test_only_pages_with_points_may_load_from_it(self, admin, settings):
        settings.JOEY_MAP_TILES = "https://tiles.example/{z}/{x}/{y}.png"
        response = admin.get(ADDRESS)
        assert 'data-map="https://tiles.example/{z}/{x}/{y}.png"' in response.content.decode()
        assert "img-src 'self' data: blob: https://tiles.example;" in response["Content-Security-Policy"]
        other = admin.get(f"/_/collections/authors/records/{AUTHOR}/")
        assert "tiles.example" not in other["Content-Security-Policy"]
        assert "tiles.example" not in other.content.decode()


class TestMenu:
    def test_says_what_can_be_done(self, admin, alice):
        page = admin.get(ACCOUNT).content.decode()
        for deed in ("password reset…", "Impersonate…", "Duplicate", "Sign out everywhere…", "Delete…"):
            assert deed in page
        assert "Send verification mail" not in page  # alice is verified
        assert "Impersonate…" not in admin.get(ADDRESS).content.decode()

    def test_without_passwords_no_reset(self, admin, make_members):
        make_members(passwordAuth={"enabled": False, "identityFields": ["email"]})
        join("members", ALICE, email="alice@example.com", username="alice")
        assert "password reset…" not in admin.get(ACCOUNT).content.decode()
        assert admin.post(f"{ACCOUNT}mail/password-reset/").status_code == 400


UNLINK = "providers/link00000000001/unlink/"


class TestLocked:
    """Where the settings hide the controls, each deed is unlocked first."""

    @pytest.fixture(autouse=True)
    def _locked(self, alice):
        members = find_collection("members")
        link = {"collectionRef": members.id, "recordRef": ALICE, "provider": "github", "providerId": "42"}
        insert(find_collection("_externalAuths"), id="link00000000001", **link)
        insert(members, id="bob000000000001", email="bob@example.com", tokenKey="k" * 50)
        save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "hideControls": True}})

    @pytest.mark.parametrize(
        ("address", "form", "what_it_changes"),
        [
            pytest.param(
                f"{ACCOUNT}delete/", {}, lambda: collection_model("members").objects.count(), id="delete"
            ),
            pytest.param(
                "/_/collections/members/delete/",
                {"ids": [ALICE], "confirmed": "1"},
                lambda: collection_model("members").objects.count(),
                id="delete_selected",
            ),
            pytest.param(f"{ACCOUNT}mail/password-reset/", {}, lambda: len(mail.outbox), id="password_reset"),
            pytest.param(
                "/_/collections/members/records/bob000000000001/mail/verification/",
                {},
                lambda: len(mail.outbox),
                id="verification",
            ),
            pytest.param(
                f"{ACCOUNT}reset-tokens/", {}, lambda: stored("members", ALICE)["tokenKey"], id="reset_tokens"
            ),
            pytest.param(
                f"{ACCOUNT}{UNLINK}",
                {},
                lambda: collection_model("_externalAuths").objects.count(),
                id="unlink",
            ),
        ],
    )
    def test_nothing_is_done_before(self, admin, address, form, what_it_changes):
        before = what_it_changes()
        page = admin.post(address, form).content.decode()
        assert "so unlock this first" in page
        assert 'name="unlocked"' in page
        assert what_it_changes() == before
        assert admin.post(address, {**form, "unlocked": "1"}).status_code == 302
        assert what_it_changes() != before

    def test_no_token_is_made_before(self, admin):
        assert 'name="unlocked"' in admin.get(f"{ACCOUNT}impersonate/").content.decode()
        page = admin.post(f"{ACCOUNT}impersonate/", {"duration": "60"})
        assert "so unlock this first" in page.content.decode()
        assert "token" not in form_texts(page)
        assert "token" in form_texts(admin.post(f"{ACCOUNT}impersonate/", {"unlocked": "1"}))

    def test_what_is_new_needs_no_key(self, admin):
        assert 'name="unlocked"' not in admin.get("/_/collections/members/new/").content.decode()
