"""The collection's editor: forms that save what they show, the review before it, refusals in their places."""

import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collections_app.catalog import find_collection, load_catalog
from collections_app.definitions.definition_json import definition_as_json
from collections_app.definitions.draft import edit_collection, new_collection
from collections_app.definitions.scaffolds import auth_fields
from collections_app.events import collection_update, collection_update_request
from collections_app.fields.registry import field_types
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import FIRST, HOSTILE, form_of, make_posts
from tests.collections_app.records.rows import insert

pytestmark = pytest.mark.django_db

EDIT = "/_/collections/posts/edit/"
NEW = "/_/collections/new-collection/"


@pytest.fixture
def admin(client, root, make_collection):
    """A browser that has signed in, beside `posts`."""
    make_posts(make_collection)
    sign_in(client)
    return client


@pytest.fixture
def members(db):
    """People who can sign in."""
    fields = [*auth_fields(), {"type": "text", "name": "username"}]
    indexes = ["CREATE UNIQUE INDEX `idx_username` ON `members` (`username`)"]
    fields = [field if isinstance(field, dict) else field.as_json() for field in fields]
    return new_collection("members", "auth", {"fields": fields, "indexes": indexes}).save()


def stored(name: str = "posts"):
    found = load_catalog().find(name)
    assert found is not None
    return found


def opened(admin, address: str = EDIT) -> dict[str, list[str]]:
    response = admin.get(address)
    assert response.status_code == 200
    return form_of(response, "editor-form")


def key_of(form: dict[str, list[str]], name: str) -> str:
    """The letters by which the form knows the field of this name."""
    return next(key for key in form["field"] if form[f"f{key}-name"] == [name])


def send(admin, form, address: str = EDIT, **more: str):
    return admin.post(address, {**form, **more})


def review_of(response) -> list[tuple[str, str]]:
    """The names and the words of the changes that are to be reviewed."""
    assert response.status_code == 200
    page = response.content.decode()
    assert 'id="review-form"' in page, re.findall(r'id="problem".*?</form>', page, re.DOTALL) or page[-3000:]
    found = re.findall(r'<div class="review-words"><code>(.*?)</code><p>(.*?)</p>', page)
    return [(unescape(name), unescape(words)) for name, words in found]


def go_on(admin, response, address: str = EDIT):
    return admin.post(address, form_of(response, "review-form"))


def errors_in(response) -> list[str]:
    assert response.status_code == 200
    found = re.findall(
        r'<p class="field-error"[^>]*>.*?</svg>(.*?)</p>', response.content.decode(), re.DOTALL
    )
    return [unescape(text).strip() for text in found]


class TestSaving:
    @pytest.mark.parametrize("name", ["posts", "members", "_superusers"])
    def test_a_form_that_nobody_touched_changes_nothing(self, admin, name, members):
        before = definition_as_json(stored(name))
        address = f"/_/collections/{name}/edit/"
        response = send(admin, opened(admin, address), address)
        assert response.status_code == 302
        after = definition_as_json(stored(name))
        assert {**after, "updated": ""} == {**before, "updated": ""}

    def test_every_option_of_every_type_comes_back_as_it_is(self, admin):
        options = {
            "text": {"min": 2, "max": 9, "pattern": "^a+$", "autogeneratePattern": "a{3}", "help": "x"},
            "editor": {"maxSize": 2000, "convertURLs": True, "hidden": True},
            "number": {"min": -1.5, "max": 0, "onlyInt": False, "required": True},
            "bool": {"required": True},
            "email": {"onlyDomains": ["a.example", "b.example"]},
            "url": {"exceptDomains": ["c.example"]},
            "date": {"min": "2026-01-01 00:00:00.000Z", "max": "2026-12-31 00:00:00.000Z"},
            "autodate": {"onCreate": False, "onUpdate": True},
            "select": {"values": ["a", "b c", "ü"], "maxSelect": 2},
            "file": {
                "maxSelect": 4,
                "maxSize": 3 << 20,
                "mimeTypes": ["image/png"],
                "thumbs": ["100x100", "0x50f"],
                "protected": True,
            },
            "relation": {
                "collectionId": stored().id,
                "minSelect": 1,
                "maxSelect": 7,
                "cascadeDelete": True,
            },
            "json": {"maxSize": 5 << 20},
            "geoPoint": {"required": True},
            "password": {"min": 9, "max": 20, "cost": 11, "pattern": "^.+$"},
        }
        assert set(options) == set(field_types())
        fields = [{"type": kind, "name": f"a_{kind}", **some} for kind, some in options.items()]
        new_collection("every", "base", {"fields": fields}).save()
        before = definition_as_json(stored("every"))["fields"]
        address = "/_/collections/every/edit/"
        assert send(admin, opened(admin, address), address).status_code == 302
        assert definition_as_json(stored("every"))["fields"] == before

    @pytest.mark.parametrize(
        ("kind", "filled", "is_now"),
        [
            pytest.param("text", {"max": "12", "pattern": "^x"}, {"max": 12, "pattern": "^x"}, id="text"),
            pytest.param("text", {"max": ""}, {"max": 0}, id="text_none"),
            pytest.param("editor", {"maxSize": "2 mb"}, {"maxSize": 2 << 20}, id="size"),
            pytest.param("number", {"min": "0", "max": "1.5"}, {"min": 0, "max": 1.5}, id="number"),
            pytest.param("number", {"onlyInt": "true"}, {"onlyInt": True, "min": None}, id="whole"),
            pytest.param(
                "email", {"onlyDomains": "a.io\r\n\r\n a.io \r\n"}, {"onlyDomains": ["a.io"]}, id="lines"
            ),
            pytest.param("date", {"min": "2026-01-01"}, {"min": "2026-01-01 00:00:00.000Z"}, id="date"),
            pytest.param(
                "autodate", {"moments": "both"}, {"onCreate": True, "onUpdate": True}, id="autodate"
            ),
            pytest.param(
                "select",
                {"values": "b\r\na\r\nb", "multiple": "one"},
                {"values": ["b", "a"], "maxSelect": 1},
                id="select",
            ),
            pytest.param(
                "select", {"values": "a\r\nb\r\nc", "multiple": "many"}, {"maxSelect": 3}, id="select_all"
            ),
            pytest.param(
                "select",
                {"values": "a\r\nb", "multiple": "many", "maxSelect": "9"},
                {"maxSelect": 2},
                id="capped",
            ),
            pytest.param("file", {"multiple": "many"}, {"maxSelect": 99}, id="files"),
            pytest.param(
                "file",
                {"multiple": "many", "maxSelect": "3", "thumbs": "0x50"},
                {"maxSelect": 3, "thumbs": ["0x50"]},
                id="three_files",
            ),
            pytest.param(
                "bool",
                {"required": "true", "help": "Say yes."},
                {"required": True, "help": "Say yes."},
                id="common",
            ),
            pytest.param(
                "json",
                {"hidden": "true", "presentable": "true"},
                {"hidden": True, "presentable": False},
                id="hidden_is_not_presentable",
            ),
        ],
    )
    def test_a_new_field_has_what_was_filled_in(self, admin, kind, filled, is_now):
        form = opened(admin)
        form["field"].append("n1")
        form |= {"fn1-type": [kind], "fn1-name": ["added"], "fn1-maxSelect": [""]}
        form |= {f"fn1-{name}": [text] for name, text in filled.items()}
        assert send(admin, form).status_code == 302
        field = stored().fields_by_name["added"].as_json()
        assert {name: field[name] for name in is_now} == is_now
        assert [one.name for one in stored().fields][-1] == "added"

    def test_a_relation_keeps_its_collection(self, admin):
        form = opened(admin)
        form[f"f{key_of(form, 'author')}-collectionId"] = ["elsewhere"]
        assert send(admin, form).status_code == 302
        assert stored().fields_by_name["author"].collection_id == find_collection("authors").id

    def test_the_order_of_the_rows_is_the_order(self, admin):
        form = opened(admin)
        form["field"] = list(reversed(form["field"]))
        names = [form[f"f{key}-name"][0] for key in form["field"]]
        assert send(admin, form).status_code == 302
        assert [field.name for field in stored().fields] == names

    def test_it_takes_the_road_of_the_api(self, admin):
        seen = []

        def at_request(event, **kwargs):
            seen.append((event.info.method, event.info.auth.collection.name))

        def at_save(event, **kwargs):
            seen.append(event.collection.fields_by_name["title"].max)

        collection_update_request.connect(at_request)
        collection_update.connect(at_save)
        form = opened(admin)
        form[f"f{key_of(form, 'title')}-max"] = ["321"]
        assert send(admin, form).status_code == 302
        collection_update_request.disconnect(at_request)
        collection_update.disconnect(at_save)
        assert seen == [("PATCH", "_superusers"), 321]

    def test_what_somebody_else_changed_meanwhile_is_told_and_kept(self, admin):
        form = opened(admin)
        draft = edit_collection("posts")
        draft.fields.add({"type": "text", "name": "theirs"})
        draft.save()
        form[f"f{key_of(form, 'title')}-max"] = ["321"]
        response = send(admin, form)
        assert "somebody has changed this collection meanwhile" in response.content.decode()
        again = form_of(response, "editor-form")
        assert again[f"f{key_of(again, 'title')}-max"] == ["321"]
        assert send(admin, again).status_code == 302
        assert stored().fields_by_name["title"].max == 321
        assert "theirs" in stored().fields_by_name


class TestReview:
    def test_a_removed_field_says_how_many_values_go(self, admin):
        form = opened(admin)
        form[f"f{key_of(form, 'rating')}-removed"] = ["true"]
        response = send(admin, form)
        assert review_of(response) == [("rating", "Goes, with 1 value.")]
        assert "rating" in stored().fields_by_name
        assert go_on(admin, response).status_code == 302
        assert "rating" not in stored().fields_by_name

    def test_a_new_name_is_reviewed_and_keeps_the_values(self, admin):
        form = opened(admin)
        form[f"f{key_of(form, 'rating')}-name"] = ["stars"]
        response = send(admin, form)
        (change,) = review_of(response)
        assert change == (
            "stars",
            "rating becomes stars. Its values stay; apps that ask for the old name find nothing.",
        )
        assert go_on(admin, response).status_code == 302
        with connection.cursor() as cursor:
            cursor.execute("SELECT stars FROM posts WHERE id = %s", [FIRST])
            assert cursor.fetchone() == (4.5,)

    def test_one_value_in_the_place_of_several(self, admin):
        insert(stored(), id="several00000000", title="x", moods=["sad", "glad"])
        form = opened(admin)
        form[f"f{key_of(form, 'moods')}-multiple"] = ["one"]
        names = dict(review_of(send(admin, form)))
        assert names["moods"] == "Holds one value from now on, the last: 1 record has more."

    def test_a_renamed_collection_is_reviewed_and_found_under_its_new_name(self, admin):
        response = send(admin, opened(admin), name="articles")
        assert [name for name, _ in review_of(response)] == ["articles"]
        after = go_on(admin, response)
        assert (after.status_code, after["Location"]) == (302, "/_/collections/articles/edit/")

    def test_small_changes_are_saved_at_once(self, admin):
        form = opened(admin)
        form[f"f{key_of(form, 'title')}-help"] = ["Short and true."]
        assert send(admin, form).status_code == 302

    def test_back_to_editing_has_everything_that_was_filled_in(self, admin):
        form = opened(admin)
        form[f"f{key_of(form, 'title')}-help"] = [HOSTILE + "\r\n  two lines"]
        form[f"f{key_of(form, 'rating')}-removed"] = ["true"]
        review = form_of(send(admin, form), "review-form")
        back = form_of(admin.post(EDIT, {**review, "do": "edit"}), "editor-form")
        assert back[f"f{key_of(back, 'title')}-help"] == [HOSTILE + "\r\n  two lines"]
        assert back[f"f{key_of(back, 'rating')}-removed"] == ["true"]
        assert "rating" in stored().fields_by_name

    def test_a_review_that_is_out_of_date_is_shown_again(self, admin):
        form = opened(admin)
        form[f"f{key_of(form, 'rating')}-removed"] = ["true"]
        review = form_of(send(admin, form), "review-form")
        review[f"f{key_of(form, 'moods')}-removed"] = ["true"]
        assert [name for name, _ in review_of(admin.post(EDIT, review))] == ["moods", "rating"]
        assert {"rating", "moods"} <= set(stored().fields_by_name)

    def test_what_is_wrong_is_told_before_anything_is_asked(self, admin):
        form = opened(admin)
        form[f"f{key_of(form, 'rating')}-removed"] = ["true"]
        form[f"f{key_of(form, 'title')}-pattern"] = ["("]
        assert len(errors_in(send(admin, form))) == 1


class TestIndexes:
    @pytest.fixture
    def indexed(self, admin):
        draft = edit_collection("posts")
        draft.add_index("idx_rating", "rating DESC, title", where="rating > 1 AND status != 'rating'")
        draft.save()
        return admin

    def test_follow_a_new_name(self, indexed):
        form = opened(indexed)
        form[f"f{key_of(form, 'rating')}-name"] = ["stars"]
        assert go_on(indexed, send(indexed, form)).status_code == 302
        (index,) = stored().parsed_indexes
        assert index.sql() == (
            "CREATE INDEX `idx_rating` ON `posts` (\n  `stars` DESC,\n  `title`\n) "
            "WHERE stars > 1 AND status != 'rating'"
        )

    def test_follow_names_that_are_swapped(self, indexed):
        form = opened(indexed)
        title, rating = key_of(form, "title"), key_of(form, "rating")
        form |= {f"f{title}-name": ["rating"], f"f{rating}-name": ["title"]}
        assert go_on(indexed, send(indexed, form)).status_code == 302
        (index,) = stored().parsed_indexes
        assert [column.name for column in index.columns] == ["title", "rating"]

    def test_go_with_a_field(self, indexed):
        form = opened(indexed)
        form[f"f{key_of(form, 'rating')}-removed"] = ["true"]
        response = send(indexed, form)
        assert review_of(response)[1:] == [("idx_rating", "The index goes; no record does.")]
        assert go_on(indexed, response).status_code == 302
        assert stored().indexes == ()

    def test_those_of_a_name_that_the_script_has_changed_already_stay(self, indexed):
        form = opened(indexed)
        form[f"f{key_of(form, 'rating')}-name"] = ["stars"]
        form["x0-sql"] = ["CREATE UNIQUE INDEX `idx_rating` ON `posts` (`stars`)"]
        assert go_on(indexed, send(indexed, form)).status_code == 302
        assert stored().indexes == ("CREATE UNIQUE INDEX `idx_rating` ON `posts` (`stars`)",)

    def test_an_error_stands_at_the_index(self, indexed):
        form = opened(indexed)
        form["index"].append("n1")
        form |= {"xn1-was": [""], "xn1-sql": ["CREATE INDEX `idx_none` ON `posts` ()"]}
        response = send(indexed, form)
        assert errors_in(response) == ["Invalid CREATE INDEX expression."]
        assert 'id="xn1-error"' in response.content.decode()
        assert form_of(response, "editor-form")["xn1-sql"] == form["xn1-sql"]

    def test_rules_follow_a_new_name(self, admin):
        draft = edit_collection("posts")
        draft.list_rule = "rating > 3 || title = 'rating'"
        draft.update_rule = "@request.body.rating:changed = false && author.name != ''"
        draft.save()
        form = opened(admin)
        form[f"f{key_of(form, 'rating')}-name"] = ["stars"]
        response = send(admin, form, name="articles")
        assert [name for name, _ in review_of(response)] == ["articles", "stars", "listRule", "updateRule"]
        assert go_on(admin, response).status_code == 302
        assert stored("articles").list_rule == "stars > 3 || title = 'rating'"
        assert stored("articles").update_rule == "@request.body.stars:changed = false && author.name != ''"

    def test_identity_fields_follow_a_new_name(self, admin, members):
        draft = edit_collection("members")
        draft.options["passwordAuth"]["identityFields"] = ["email", "username"]
        draft.options["oauth2"]["mappedFields"]["username"] = "username"
        draft.save()
        address = "/_/collections/members/edit/"
        form = opened(admin, address)
        form[f"f{key_of(form, 'username')}-name"] = ["handle"]
        assert go_on(admin, send(admin, form, address), address).status_code == 302
        options = stored("members").options
        assert options["passwordAuth"]["identityFields"] == ["email", "handle"]
        assert options["oauth2"]["mappedFields"]["username"] == "handle"


class TestRefusals:
    def test_stand_at_the_option(self, admin):
        form = opened(admin)
        title = key_of(form, "title")
        form |= {f"f{title}-min": ["9"], f"f{title}-max": ["3"], f"f{title}-pattern": ["("]}
        response = send(admin, form)
        page = response.content.decode()
        assert f'id="f{title}-max-error"' in page
        assert f'id="f{title}-pattern-error"' in page
        assert "Must be no less than 9." in errors_in(response)
        assert re.search(rf'data-key="{title}".*?<details open>', page, re.DOTALL)

    @pytest.mark.parametrize(
        ("field", "option", "text"),
        [
            pytest.param("title", "max", "many", id="whole"),
            pytest.param("rating", "min", "1,5", id="decimal"),
            pytest.param("rating", "max", "inf", id="infinite"),
            pytest.param("body", "maxSize", "5 apples", id="size"),
            pytest.param("published", "min", "tomorrow", id="date"),
        ],
    )
    def test_what_is_no_value_is_kept_and_told(self, admin, field, option, text):
        form = opened(admin)
        name = f"f{key_of(form, field)}-{option}"
        form[name] = [text]
        response = send(admin, form)
        assert f'id="{name}-error"' in response.content.decode()
        assert form_of(response, "editor-form")[name] == [text]

    def test_names(self, admin):
        form = opened(admin)
        form["field"].append("n1")
        form |= {"fn1-type": ["text"], "fn1-name": ["Title"]}
        response = send(admin, form, name="authors")
        page = response.content.decode()
        assert 'id="c-name-error"' in page
        assert "Duplicated or invalid field name Title" in errors_in(response)

    def test_errors_without_an_input_here_are_in_the_notice(self, admin):
        draft = edit_collection("posts")
        draft.list_rule = "rating > 3"
        draft.save()
        form = opened(admin)
        form[f"f{key_of(form, 'rating')}-removed"] = ["true"]
        page = send(admin, form).content.decode()
        assert re.search(r"<li><code>listRule</code>: Invalid rule\.", page)

    def test_a_hook_refuses(self, admin):
        def refuse(event, **kwargs):
            return
            yield

        collection_update_request.connect(refuse)
        form = opened(admin)
        form[f"f{key_of(form, 'title')}-max"] = ["321"]
        page = send(admin, form).content.decode()
        collection_update_request.disconnect(refuse)
        assert "Nothing was saved: a hook stopped it." in page
        assert stored().fields_by_name["title"].max == 200


class TestWithoutScripts:
    """Buttons that send the form, and get it back with something done to it."""

    def done(self, admin, form, deed: str) -> dict[str, list[str]]:
        response = send(admin, form, do=deed)
        assert response.status_code == 200
        return form_of(response, "editor-form")

    def names(self, form) -> list[str]:
        return [form[f"f{key}-name"][0] for key in form["field"]]

    def test_a_field_is_added_before_the_dates_at_the_end(self, admin):
        draft = edit_collection("posts")
        last = draft.fields.get("updated")
        draft.fields.remove("updated")
        draft.fields.add(last)
        draft.save()
        form = self.done(admin, opened(admin), "add:relation")
        assert self.names(form)[-2:] == ["relation", "updated"]
        assert self.names(self.done(admin, form, "add:relation"))[-3:] == ["relation", "relation2", "updated"]
        assert stored().fields_by_name.keys() & {"relation"} == set()

    def test_a_field_is_copied(self, admin):
        form = opened(admin)
        form = self.done(admin, form, f"copy:{key_of(form, 'author')}")
        at = self.names(form).index("author")
        assert self.names(form)[at + 1] == "author_copy"
        assert send(admin, form).status_code == 302
        copied, original = (stored().fields_by_name[name] for name in ("author_copy", "author"))
        assert copied.id != original.id
        assert copied.collection_id == original.collection_id

    def test_fields_move(self, admin):
        form = opened(admin)
        before = self.names(form)
        form = self.done(admin, form, f"up:{key_of(form, 'status')}")
        assert self.names(form) == [before[0], before[2], before[1], *before[3:]]
        form = self.done(admin, form, f"down:{key_of(form, 'status')}")
        assert self.names(form) == before

    def test_an_index_is_added(self, admin):
        form = self.done(admin, opened(admin), "add-index")
        (key,) = form["index"]
        assert re.fullmatch(r"CREATE INDEX `idx_\w{10}` ON `posts` \(\)", form[f"x{key}-sql"][0])

    def test_deeds_that_nobody_knows_do_nothing(self, admin):
        form = opened(admin)
        for deed in ("add:x", "add:password", "add-x", "copy:zz", "type:auth", "down:"):
            assert self.names(self.done(admin, form, deed)) == self.names(form)


class TestNew:
    def test_begins_with_an_id_and_two_dates(self, admin):
        form = opened(admin, NEW)
        assert TestWithoutScripts().names(form) == ["id", "created", "updated"]
        response = send(admin, form, NEW, name="fresh")
        assert (response.status_code, response["Location"]) == (302, "/_/collections/fresh/")
        made = stored("fresh")
        assert [(field.name, field.type, field.system) for field in made.fields] == [
            ("id", "text", True),
            ("created", "autodate", False),
            ("updated", "autodate", False),
        ]
        assert made.list_rule is None

    def test_another_type_keeps_own_fields_and_brings_its_own(self, admin):
        form = opened(admin, NEW)
        form = form_of(send(admin, form, NEW, name="fresh", do="add:number"), "editor-form")
        form = form_of(send(admin, form, NEW, do="add-index"), "editor-form")
        form[f"x{form['index'][0]}-sql"] = ["CREATE INDEX `idx_a` ON `fresh` (`gone`)"]
        form = form_of(send(admin, form, NEW, do="type:auth"), "editor-form")
        assert form["type"] == ["auth"]
        assert {"password", "tokenKey", "email", "number"} <= set(TestWithoutScripts().names(form))
        assert send(admin, form, NEW).status_code == 302
        made = stored("fresh")
        assert made.is_auth
        assert {index.columns[0].name for index in made.parsed_indexes} == {"tokenKey", "email"}

    def test_a_view(self, admin):
        form = opened(admin, f"{NEW}?type=view")
        query = "SELECT id,\n  title FROM posts"
        response = send(admin, form, f"{NEW}?type=view", name="titles", viewQuery=query)
        assert response.status_code == 302
        assert stored("titles").view_query == query
        page = admin.get("/_/collections/titles/edit/").content.decode()
        assert "title" in page
        assert 'id="fields"' not in page

    def test_a_wrong_query_is_told_at_it(self, admin):
        form = opened(admin, f"{NEW}?type=view")
        response = send(admin, form, NEW, name="titles", viewQuery="SELECT 1")
        assert 'id="view-query-error"' in response.content.decode()
        assert form_of(response, "editor-form")["viewQuery"] == ["SELECT 1"]

    def test_without_a_name(self, admin):
        response = send(admin, opened(admin, NEW), NEW)
        assert errors_in(response) == ["Cannot be blank."]

    def test_like_another_one(self, admin, members):
        draft = edit_collection("members")
        draft.list_rule = "username != ''"
        draft.options["authToken"]["duration"] = 1234
        draft.options["oauth2"] |= {
            "enabled": True,
            "providers": [{"name": "google", "clientId": "a", "clientSecret": "s3cr3t"}],
        }
        draft.save()
        like = stored("members")
        address = f"{NEW}?like=members"
        form = opened(admin, address)
        assert form["name"] == ["members_duplicate"]
        assert send(admin, form, address).status_code == 302
        made = stored("members_duplicate")
        assert made.list_rule == "username != ''"
        assert [field.name for field in made.fields] == [field.name for field in like.fields]
        own = {index.name for index in made.parsed_indexes}
        assert len(own) == len(like.indexes)
        assert not own & {index.name for index in like.parsed_indexes}
        assert made.options["oauth2"]["providers"][0]["clientSecret"] == "s3cr3t"
        assert made.options["authToken"]["secret"] != like.options["authToken"]["secret"]
        assert made.options["authToken"]["duration"] == 1234

    def test_like_one_of_the_system_is_nothing_of_the_system(self, admin):
        address = f"{NEW}?like=_externalAuths"
        assert send(admin, opened(admin, address), address).status_code == 302
        made = stored("_externalAuths_duplicate")
        assert not made.system
        assert [field.name for field in made.fields if field.system] == ["id"]


class TestSystem:
    def test_the_name_is_locked_and_nothing_is_deleted(self, admin):
        address = "/_/collections/_superusers/edit/"
        page = admin.get(address).content.decode()
        assert "edit/delete/" not in page
        assert re.search(r'id="c-name"[^>]* readonly', page)
        send(admin, opened(admin, address), address, name="renamed")
        assert stored("_superusers").system
        assert admin.post(f"{address}delete/", {"typed_name": "_superusers"}).status_code == 403

    def test_what_makes_accounts_safe_cannot_be_switched_off(self, admin, members):
        address = "/_/collections/members/edit/"
        form = opened(admin, address)
        for name in ("password", "email", "tokenKey", "id"):
            assert f"f{key_of(form, name)}-required" not in form
            form[f"f{key_of(form, name)}-removed"] = ["true"]
        assert send(admin, form, address).status_code == 302
        assert stored("members").fields_by_name["password"].hidden
        assert stored("members").fields_by_name["email"].required


class TestWhole:
    def test_json(self, admin):
        response = admin.get(f"{EDIT}json/")
        assert json.loads(response.content) == definition_as_json(stored())

    @pytest.mark.parametrize("typed", ["", "post", "posts2"])
    def test_another_name_does_nothing(self, admin, typed):
        for deed in ("truncate", "delete"):
            page = admin.post(f"{EDIT}{deed}/", {"typed_name": typed}).content.decode()
            assert "That is not the name." in page
        assert insert_count() == 1

    def test_truncate(self, admin):
        page = admin.get(f"{EDIT}truncate/").content.decode()
        assert "1 record goes" in page
        response = admin.post(f"{EDIT}truncate/", {"typed_name": "posts"})
        assert (response.status_code, response["Location"]) == (302, "/_/collections/posts/")
        assert insert_count() == 0

    def test_delete(self, admin):
        response = admin.post(f"{EDIT}delete/", {"typed_name": "posts"})
        assert (response.status_code, response["Location"]) == (302, "/_/collections/")
        assert load_catalog().find("posts") is None

    def test_what_others_refer_to_stays_and_says_why(self, admin):
        response = admin.post("/_/collections/authors/edit/delete/", {"typed_name": "authors"})
        assert "existing reference in posts" in response.content.decode()
        assert load_catalog().find("authors") is not None

    def test_what_views_select_from_stays_and_says_which(self, admin):
        new_collection("titles", "view", {"viewQuery": "SELECT id, title FROM posts"}).save()
        response = admin.post(f"{EDIT}delete/", {"typed_name": "posts"})
        assert "views select from it: titles." in response.content.decode()
        assert load_catalog().find("posts") is not None

    def test_a_view_is_not_truncated(self, admin):
        new_collection("titles", "view", {"viewQuery": "SELECT id, title FROM posts"}).save()
        assert admin.get("/_/collections/titles/edit/truncate/").status_code == 400


class TestHiddenControls:
    @pytest.fixture
    def hidden(self, admin):
        save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "hideControls": True}})
        return admin

    def test_no_link_leads_to_the_editor(self, hidden):
        for address in ("/_/", "/_/collections/", "/_/collections/posts/"):
            page = hidden.get(address).content.decode()
            assert "new-collection" not in page
            assert "/edit/" not in page

    @pytest.mark.parametrize("address", [EDIT, NEW, f"{EDIT}delete/", f"{EDIT}truncate/", f"{EDIT}json/"])
    def test_who_knows_the_address_is_refused(self, hidden, address):
        assert hidden.get(address).status_code == 403


class TestWays:
    def test_links_lead_to_the_editor(self, admin):
        assert NEW in admin.get("/_/").content.decode()
        assert EDIT in admin.get("/_/collections/posts/").content.decode()

    def test_an_auth_collection_without_a_provider_is_marked(self, admin, members):
        assert "has no provider" not in admin.get("/_/").content.decode()
        draft = edit_collection("members")
        draft.options["oauth2"]["enabled"] = True
        draft.save()
        assert "OAuth2 is on, but has no provider" in admin.get("/_/").content.decode()

    def test_the_last_collection_is_one_tap_away(self, admin):
        admin.get("/_/collections/posts/")
        page = admin.get("/_/").content.decode()
        assert re.search(r'<nav class="tab-bar".*?href="/_/collections/posts/"', page, re.DOTALL)

    def test_a_row_for_the_script(self, admin):
        page = admin.get("/_/collections/new-field/?type=select&key=j1&name=mood").content.decode()
        assert 'name="fj1-name" value="mood"' in page
        assert admin.get("/_/collections/new-field/?type=password").status_code == 404
        assert (
            HOSTILE
            not in admin.get("/_/collections/new-field/", {"type": "text", "name": HOSTILE}).content.decode()
        )

    @pytest.mark.parametrize(
        ("kind", "filled", "words"),
        [
            pytest.param(
                "text",
                {"max": "80", "autogeneratePattern": "[a-z]{5}"},
                "up to 80 characters, generated",
                id="text",
            ),
            pytest.param("number", {"min": "1", "onlyInt": "true"}, "from 1, whole", id="number"),
            pytest.param(
                "select",
                {"values": "a\nb\nc", "multiple": "many", "maxSelect": "2"},
                "2 of 3 choices",
                id="select",
            ),
            pytest.param("file", {"multiple": "one", "maxSize": "2 MB"}, "1 file, 2 MB", id="file"),
            pytest.param(
                "file",
                {"multiple": "one", "maxSize": "900", "protected": "true"},
                "1 file, 900 B, protected",
                id="small_protected_file",
            ),
            pytest.param("email", {"onlyDomains": "example.com"}, "only example.com", id="email"),
            pytest.param("autodate", {"moments": "update"}, "on update", id="autodate"),
        ],
    )
    @pytest.mark.parametrize("address", [EDIT, NEW], ids=["edit", "new"])
    def test_the_script_hears_what_options_say_in_few_words(self, admin, address, kind, filled, words):
        row = {"field": "j1", "fj1-type": kind, **{f"fj1-{name}": text for name, text in filled.items()}}
        before = definition_as_json(stored())
        response = admin.post(address, row, headers={"X-Part": "summary"})
        assert (response.status_code, response.content.decode()) == (200, words)
        assert definition_as_json(stored()) == before

    def test_as_many_queries_for_many_fields_as_for_few(self, admin):
        def queries() -> int:
            admin.get(EDIT)
            with CaptureQueriesContext(
                connection,
            ) as few:
                admin.get(EDIT)
            return len(few)

        before = queries()
        draft = edit_collection("posts")
        draft.fields.add(
            *({"type": "relation", "name": f"r{at}", "collectionId": stored().id} for at in range(40))
        )
        draft.save()
        assert queries() == before


def insert_count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM posts")
        return int(cursor.fetchone()[0])
