"""The form of a record: only what somebody changed is sent, and it is sent as the API would be."""

import re

import pytest
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import SimpleUploadedFile

from collections_app.catalog import find_collection
from collections_app.events import record_update_execute, record_update_request
from platform_app.runtime_settings.shape import DEFAULTS
from platform_app.wire.errors import BadRequest
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import AUTHOR, FIRST, HOSTILE, POSTS, form_of, make_posts
from tests.auth_app.accounts import stored
from tests.collections_app.records.rows import insert

pytestmark = pytest.mark.django_db

ADDRESS = f"{POSTS}records/{FIRST}/"


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    sign_in(client)
    return client


@pytest.fixture
def sent(connect):
    """The bodies that reach the service."""
    bodies = []

    def note(event, **kwargs):
        bodies.append({name: event.info.body[name] for name in event.info.body})

    connect(record_update_request, note)
    return bodies


def save(admin, address=ADDRESS, **changes):
    """What a browser sends after these changes."""
    form = form_of(admin.get(address))
    form.update({f"field.{name}": value for name, value in changes.items()})
    return admin.post(address, form)


def _told(response) -> list[str]:
    """Why it was not saved."""
    return re.findall(
        r'class="field-error" id=[^>]*>(?:<svg.*?</svg>)?(.*?)</p>|id="problem".*?<div>(.*?)</div>',
        response.content.decode(),
        re.DOTALL,
    )


class TestChanging:
    def test_nothing_changed_is_nothing_sent(self, admin, sent):
        before = dict(stored("posts", FIRST).values)
        assert save(admin).status_code == 302
        assert sent == [{}]
        after = dict(stored("posts", FIRST).values)
        assert {**after, "updated": None} == {**before, "updated": None}

    @pytest.mark.parametrize(
        ("name", "typed", "value"),
        [
            pytest.param("title", ["Two\r\nlines"], "Two\nlines", id="text"),
            pytest.param("status", ["draft"], "draft", id="select"),
            pytest.param("status", [""], "", id="select_none"),
            pytest.param("moods", ["mad", "sad"], ["mad", "sad"], id="several"),
            pytest.param("moods", [], [], id="none_of_several"),
            pytest.param("rating", ["3.25"], 3.25, id="number"),
            pytest.param("rating", [""], 0, id="number_empty"),
            pytest.param("featured", [], False, id="bool"),
            pytest.param("published", ["2026-01-02 03:04:05Z"], "2026-01-02 03:04:05.000Z", id="date"),
            pytest.param("published", [""], "", id="date_empty"),
            pytest.param("meta", ['{"a": [1]}'], '{"a": [1]}', id="json"),
            pytest.param("meta", ['"5"'], '"5"', id="json_text_of_digits"),
            pytest.param("place", ["1.5", "-2"], {"lon": 1.5, "lat": -2.0}, id="point"),
            pytest.param("body", ["<p>x</p>"], "<p>x</p>", id="editor"),
            pytest.param("author", [""], "", id="relation_none"),
            pytest.param("readers", [AUTHOR], [AUTHOR], id="relations"),
            pytest.param("title", [HOSTILE], HOSTILE, id="hostile"),
        ],
    )
    def test_a_field_of_every_type(self, admin, sent, name, typed, value):
        response = save(admin, **{name: typed})
        assert response.status_code == 302, _told(response)
        assert response["Location"] == ADDRESS
        assert [set(body) for body in sent] == [{name}]
        assert stored("posts", FIRST)[name] == value

    def test_the_place_in_the_list_is_kept(self, admin):
        assert (
            save(admin, f"{ADDRESS}?sort=title&page=5", title=["x"])["Location"]
            == f"{ADDRESS}?sort=title&page=5"
        )

    def test_two_people_who_change_different_fields(self, admin):
        form = form_of(admin.get(ADDRESS))
        save(admin, rating=["1"])
        admin.post(ADDRESS, {**form, "field.title": ["Mine"]})
        assert (stored("posts", FIRST)["title"], stored("posts", FIRST)["rating"]) == ("Mine", 1)

    @pytest.mark.parametrize(
        ("name", "typed", "told"),
        [
            pytest.param("title", [""], "Cannot be blank.", id="required"),
            pytest.param("rating", ["six"], "six is no number.", id="no_number"),
            pytest.param("rating", ["6"], "Must be less or equal than 5.", id="too_large"),
            pytest.param("published", ["soon"], "This is no date.", id="no_date"),
            pytest.param("meta", ['{"a": 1,\n}'], "Line 2:", id="no_json"),
            pytest.param("place", ["x", "1"], "x is no number.", id="no_point"),
            pytest.param("contact", ["nobody"], "Must be a valid email address.", id="email"),
            pytest.param(
                "readers", ["nobody000000000"], "Failed to find all relation records", id="relation"
            ),
        ],
    )
    def test_what_is_refused_stays_with_the_reason_below(self, admin, name, typed, told):
        before = stored("posts", FIRST)[name]
        response = save(admin, **{name: typed, "secret": ["kept while I correct it"]})
        page = response.content.decode()
        assert response.status_code == 200
        assert told in page.partition(f'id="field-{name}-error"')[2].partition("</p>")[0]
        there = [text.replace("\r\n", "\n") for text in form_of(response)[f"field.{name}"]]
        assert there[: len(typed)] == typed
        assert "kept while I correct it" in page
        assert stored("posts", FIRST)[name] == before

    def test_numbers_of_json_keep_every_digit(self, admin):
        (text,) = form_of(admin.get(ADDRESS))["field.meta"]
        save(admin, meta=[text.replace('"en"', '"de"')])
        assert "12345678901234567890" in stored("posts", FIRST)["meta"]

    @pytest.mark.parametrize(
        ("error", "problem"),
        [
            pytest.param(
                OSError("no bucket"), "Failed to update record. The log says why.", id="for_the_log"
            ),
            pytest.param(BadRequest("Not today."), "Not today.", id="people"),
        ],
    )
    def test_why_a_write_failed(self, admin, connect, error, problem):
        def fail(**kwargs):
            raise error

        connect(record_update_execute, fail)
        assert _told(save(admin, title=["x"])) == [("", problem)]

    def test_files_come_and_go(self, admin):
        form = form_of(admin.get(ADDRESS))
        files = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"b")]
        assert admin.post(ADDRESS, {**form, "field.papers": files}).status_code == 302
        first, second = stored("posts", FIRST)["papers"]
        page = admin.get(ADDRESS).content.decode()
        way = f"{ADDRESS}files/{quote(first)}/"
        assert f'href="{way}"' in page  # they are protected: a token comes with the click
        assert f"{first}?token=" in admin.get(way)["Location"]
        admin.post(ADDRESS, {**form_of(admin.get(ADDRESS)), "remove.papers": [first]})
        assert stored("posts", FIRST)["papers"] == [second]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param({}, "1 file, up to 5 MB", id="usual"),
        pytest.param({"maxSize": 100_000}, "1 file, up to 97.7 KB", id="small"),
        pytest.param({"maxSelect": 3, "maxSize": 2**31}, "up to 3 files of 2 GB", id="large_ones"),
    ],
)
def test_what_a_field_has_room_for_is_told(admin, make_collection, options, told):
    make_collection("films", [{"type": "file", "name": "film", **options}])
    assert told in admin.get("/_/collections/films/new/").content.decode()


class TestLocked:
    """Where the settings hide the controls."""

    def test_a_record_is_unlocked_first(self, admin):
        save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "hideControls": True}})
        assert "Unlock to save" in admin.get(ADDRESS).content.decode()
        form = {**form_of(admin.get(ADDRESS)), "field.title": ["New"]}
        page = admin.post(ADDRESS, form).content.decode()
        assert "so unlock this first" in page
        assert stored("posts", FIRST)["title"] == "One & only"
        assert admin.post(ADDRESS, {**form, "unlocked": "1"}).status_code == 302
        assert stored("posts", FIRST)["title"] == "New"


class TestMaking:
    def test_only_what_is_filled_in(self, admin):
        form = form_of(admin.get(f"{POSTS}new/"))
        response = admin.post(f"{POSTS}new/?sort=title", {**form, "field.title": ["New"]})
        record_id = response["Location"].split("/")[-2]
        assert response["Location"] == f"{POSTS}records/{record_id}/?sort=title"
        assert stored("posts", record_id)["title"] == "New"
        assert len(record_id) == 15

    def test_what_is_missing_is_told(self, admin):
        response = admin.post(f"{POSTS}new/", form_of(admin.get(f"{POSTS}new/")))
        assert response.status_code == 200
        assert 'id="field-title-error"' in response.content.decode()

    def test_an_account_with_its_password(self, admin, make_members):
        make_members()
        address = "/_/collections/members/new/"
        form = {**form_of(admin.get(address)), "field.email": ["ada@example.com"], "password": ["12345678"]}
        page = admin.post(address, {**form, "passwordConfirm": ["1234567"]}).content.decode()
        assert 'id="confirm-error"' in page
        assert admin.post(address, {**form, "passwordConfirm": ["12345678"]}).status_code == 302


class TestDeleting:
    def test_asks_first(self, admin):
        assert "Delete One &amp; only" in admin.get(f"{ADDRESS}delete/").content.decode()
        assert stored("posts", FIRST)
        response = admin.post(f"{ADDRESS}delete/?page=5")
        assert response["Location"] == f"{POSTS}?page=5"
        assert admin.get(ADDRESS).status_code == 404

    def test_what_another_record_needs_stays(self, admin, make_collection):
        holders = make_collection(
            "holders",
            fields=[
                {
                    "type": "relation",
                    "name": "post",
                    "collectionId": find_collection("posts").id,
                    "maxSelect": 1,
                    "required": True,
                }
            ],
        )
        insert(holders, post=FIRST)
        page = admin.post(f"{ADDRESS}delete/").content.decode()
        assert "part of a required relation reference" in page
        assert stored("posts", FIRST)


class TestSheet:
    def test_alone_for_links_that_only_want_it(self, admin):
        page = admin.get(ADDRESS, headers={"x-part": "panel"}).content.decode()
        assert 'id="record-form"' in page
        assert 'id="rows"' not in page

    def test_never_shows_secrets(self, admin, root):
        page = admin.get(f"/_/collections/_superusers/records/{root.id}/").content.decode()
        for secret in (root.tokenKey, root.password):
            assert secret not in page

    def test_an_id_may_be_any_text(self, admin, make_collection):
        odd = make_collection(
            "odd",
            fields=[{"type": "text", "name": "id", "primaryKey": True, "required": True, "system": True}],
        )
        insert(odd, id="a/b?c#d&é")
        page = admin.get("/_/collections/odd/").content.decode()
        address = page.partition('<a class="truncate" href="')[2].partition('"')[0]
        assert "a/b?c#d" in admin.get(address).content.decode()

    def test_choices_of_a_relation(self, admin):
        found = admin.get("/_/collections/authors/choices/?q=nwo").content.decode()
        assert f'data-id="{AUTHOR}" data-label="Ada Nwosu"' in found
        assert AUTHOR not in admin.get("/_/collections/authors/choices/?q=zzz").content.decode()
