"""Changes to several records at once: one field of the selected ones, or short fields row by row."""

import re

import pytest

from collections_app.catalog import find_collection
from collections_app.events import record_update_request
from collections_app.orm import collection_model
from platform_app.runtime_settings.shape import DEFAULTS
from platform_app.wire.errors import ApiError
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import AUTHOR, FIRST, HOSTILE, POSTS, make_posts
from tests.admin_ui.test_records_list import add

pytestmark = pytest.mark.django_db

EDIT = f"{POSTS}edit-selected/"
ROWS = f"{POSTS}edit-rows/"
SECOND = "added0000000000"


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    add("two")
    sign_in(client)
    return client


def values(*names: str) -> list[tuple]:
    return list(collection_model("posts").objects.order_by("-id").values_list(*names))


def both(**said) -> dict:
    return {"ids": [FIRST, SECOND], "confirmed": "1", **said}


def lock_controls() -> None:
    save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "hideControls": True}})


class TestSelected:
    def test_it_asks_first(self, admin):
        page = admin.post(EDIT, {"ids": [FIRST, SECOND]}).content.decode()
        assert "Edit 2 records" in page
        for name in ("title", "status", "author", "secret"):
            assert f'name="field" value="{name}"' in page
        for name in ("id", "papers", "updated"):
            assert f'name="field" value="{name}"' not in page

    @pytest.mark.parametrize(
        ("name", "said", "stored"),
        [
            ("status", "draft", "draft"),
            ("status", "", ""),
            ("rating", "3.5", 3.5),
            ("featured", "true", True),
            ("featured", None, False),
            ("title", "a\r\nb", "a\nb"),
            ("author", AUTHOR, AUTHOR),
        ],
    )
    def test_all_get_the_value(self, admin, name, said, stored):
        form = both(field=name, **({} if said is None else {f"field.{name}": said}))
        response = admin.post(f"{EDIT}?sort=title", form)
        assert response["Location"] == f"{POSTS}?sort=title"
        assert values(name) == [(stored,), (stored,)]
        assert "Changed 2 records." in admin.get(POSTS).content.decode()

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ({"field": "rating", "field.rating": "9"}, "Must be less or equal than 5."),
            ({"field": "rating", "field.rating": "x"}, "x is no number."),
            ({"field": "title", "field.title": ""}, "Cannot be blank."),
            ({"field": "papers"}, "Choose a field."),
            ({}, "Choose a field."),
        ],
    )
    def test_what_is_refused_is_told(self, admin, said, told):
        before = values("title", "rating")
        page = admin.post(EDIT, both(**said)).content.decode()
        assert told in page
        assert values("title", "rating") == before

    def test_all_or_none(self, admin, connect):
        def refuse(event, **kwargs):
            if event.record.id == SECOND:
                raise ApiError("Not this one.")

        connect(record_update_request, refuse)
        page = admin.post(EDIT, both(field="status", **{"field.status": "draft"})).content.decode()
        assert "two: Not this one." in page
        assert values("status") == [("done",), ("",)]

    def test_one_that_is_gone(self, admin):
        form = {**both(field="status", **{"field.status": "draft"}), "ids": [FIRST, "gone"]}
        assert "There is no such record any more." in admin.post(EDIT, form).content.decode()
        assert values("status") == [("done",), ("",)]

    def test_locked_controls(self, admin):
        lock_controls()
        form = both(field="status", **{"field.status": "draft"})
        assert "so unlock this first" in admin.post(EDIT, form).content.decode()
        assert admin.post(EDIT, {**form, "unlocked": "1"}).status_code == 302
        assert values("status") == [("draft",), ("draft",)]

    @pytest.mark.parametrize("name", ["password", "tokenKey", "id"])
    def test_no_secrets(self, admin, root, name):
        page = admin.post("/_/collections/_superusers/edit-selected/", {"ids": root.pk}).content.decode()
        assert f'value="{name}"' not in page


def sent(admin, **changed) -> dict[str, str]:
    """The form of the rows as a browser sends it, with some of it changed."""
    page = admin.get(f"{ROWS}?columns=title.status.rating.featured").content.decode()
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    form |= dict(re.findall(r'<input name="([^"]+)" value="([^"]*)"', page))
    form |= dict.fromkeys(re.findall(r'type="checkbox" name="([^"]+)"[^>]* checked', page), "true")
    for name, body in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', page):
        form[name] = next(iter(re.findall(r'value="([^"]*)" selected', body)), "")
    form = {
        name: value.replace("&amp;", "&") for name, value in form.items() if name != "csrfmiddlewaretoken"
    }
    return {**form, **{name.replace("_", "."): value for name, value in changed.items()}}


class TestRows:
    def test_short_fields_are_controls(self, admin):
        page = admin.get(f"{ROWS}?sort=title").content.decode()
        for control in ("cell.0.title", "cell.0.status", "cell.0.rating", "cell.0.featured", "cell.0.source"):
            assert f'name="{control}"' in page, control
        for control in ("cell.0.id", "cell.0.body", "cell.0.meta", "cell.0.moods", "cell.0.secret"):
            assert f'name="{control}"' not in page, control

    def test_nothing_changed_changes_nothing(self, admin, connect):
        def refuse(event, **kwargs):
            raise ApiError("No.")

        connect(record_update_request, refuse)
        assert admin.post(ROWS, sent(admin)).status_code == 302

    def test_what_changed_is_saved(self, admin):
        form = sent(
            admin, cell_0_title="new", cell_0_status="draft", cell_0_featured="true", cell_1_rating="2"
        )
        assert admin.post(f"{ROWS}?page=1", form)["Location"] == f"{ROWS}?page=1"
        assert values("title", "status", "rating", "featured") == [
            ("One & only", "done", 2.0, True),
            ("new", "draft", 0.0, True),
        ]

    def test_what_others_changed_meanwhile_stays(self, admin):
        form = sent(admin, cell_1_rating="2")
        collection_model("posts").objects.filter(pk=FIRST).update(title="Theirs")
        admin.post(ROWS, form)
        assert values("title", "rating")[0] == ("Theirs", 2.0)

    def test_what_is_refused_stands_at_its_cell_and_nothing_is_saved_or_lost(self, admin):
        form = sent(admin, cell_0_title="kept", cell_1_rating="9")
        page = admin.post(f"{ROWS}?columns=title.status.rating.featured", form).content.decode()
        assert "One &amp; only: " in page
        assert '<p class="field-error">Must be less or equal than 5.</p>' in page
        assert 'name="cell.0.title" value="kept"' in page
        assert 'name="cell.1.rating" value="9"' in page
        assert values("title", "rating") == [("One & only", 4.5), ("two", 0.0)]

    def test_no_number(self, admin):
        page = admin.post(ROWS, sent(admin, cell_1_rating="x")).content.decode()
        assert '<p class="field-error">x is no number.</p>' in page

    def test_long_texts_are_not_cut(self, admin):
        collection_model("posts").objects.filter(pk=FIRST).update(
            title="x" * 200, source=f"https://{'y' * 300}"
        )
        form = sent(admin, cell_1_rating="2")
        assert "cell.1.source" not in form
        admin.post(ROWS, form)
        assert [len(text) for text in values("title", "source")[0]] == [200, 308]

    def test_hostile_content_is_text(self, admin):
        collection_model("posts").objects.update(title=HOSTILE, status=HOSTILE)
        assert "<img src=x" not in admin.get(ROWS).content.decode()

    def test_locked_controls(self, admin):
        lock_controls()
        assert "so unlock this first" in admin.post(ROWS, sent(admin, cell_1_rating="2")).content.decode()
        assert admin.post(ROWS, sent(admin, cell_1_rating="2", unlocked="1")).status_code == 302

    def test_a_view_has_none(self, admin, make_collection):
        make_collection(
            "stats",
            type="view",
            options={"viewQuery": "SELECT id, title FROM posts"},
            fields=[{"type": "text", "name": "title"}],
        )
        assert admin.get("/_/collections/stats/edit-rows/").status_code == 400
        assert find_collection("stats") is not None
