"""Collections created, changed, imported, truncated and deleted by code, by the services of the API."""

import pytest

from collections_app import events
from collections_app.catalog import catalog, find_collection, named_collection
from collections_app.definitions.definition_json import MalformedDefinition
from collections_app.definitions.draft import CollectionDraft, edit_collection, new_collection
from collections_app.definitions.importing import import_collections
from collections_app.definitions.refusals import ChangedMeanwhile, CollectionRefused
from collections_app.definitions.saving import delete_collection, truncate_collection
from collections_app.definitions.scaffolds import collection_id
from collections_app.fetching import count_records, find_all_records, new_record
from collections_app.fields.autodate_field import AutodateField
from collections_app.fields.bool_field import BoolField
from collections_app.fields.date_field import DateField
from collections_app.fields.editor_field import EditorField
from collections_app.fields.email_field import EmailField
from collections_app.fields.file_field import FileField
from collections_app.fields.geo_point_field import GeoPointField
from collections_app.fields.json_field import JsonField
from collections_app.fields.number_field import NumberField
from collections_app.fields.password_field import PasswordField
from collections_app.fields.registry import field_from_json
from collections_app.fields.relation_field import RelationField
from collections_app.fields.select_field import SelectField
from collections_app.fields.text_field import TextField
from collections_app.fields.url_field import UrlField
from collections_app.models import StoredCollection
from collections_app.records.writing.saving import save_record
from platform_app.database.ids import checksum
from platform_app.wire.errors import Invalid

pytestmark = pytest.mark.django_db


def names(collection):
    return [field.name for field in collection.fields]


@pytest.fixture
def example():
    draft = new_collection("example")
    draft.fields.add(TextField(name="title"), NumberField(name="n"))
    draft.add_index("idx_example_title", "title")
    return draft.save()


# --- creating ---------------------------------------------------------------------------------------


def test_a_new_one_has_the_defaults_of_its_type_merged_in():
    draft = new_collection("example")
    draft.view_rule = "@request.auth.id != ''"
    draft.create_rule = ""
    draft.fields.add(TextField(name="title", required=True, max=100))
    saved = draft.save()
    assert (saved.id, saved.type, names(saved)) == (collection_id("base", "example"), "base", ["id", "title"])
    assert (saved.view_rule, saved.create_rule, saved.list_rule) == ("@request.auth.id != ''", "", None)
    assert saved.fields_by_name["title"].id == "text" + checksum("title")
    assert find_collection("example").fields == saved.fields
    save_record(new_record("example", {"title": "stored"}))
    assert count_records("example") == 1


def test_an_auth_collection_has_its_fields_indexes_and_options():
    draft = new_collection("members", "auth")
    draft.options["passwordAuth"]["enabled"] = False
    draft.options["otp"]["enabled"] = True
    saved = draft.save()
    assert names(saved) == ["id", "password", "tokenKey", "email", "emailVisibility", "verified"]
    assert (saved.options["passwordAuth"]["enabled"], saved.auth.otp.enabled) == (False, True)
    assert (len(saved.indexes), len(saved.auth.auth_token.secret)) == (2, 50)


def test_a_view_has_the_fields_of_its_query(example):
    draft = new_collection("shown", "view", {"viewQuery": "SELECT id, title FROM example"})
    assert names(draft.save()) == ["id", "title"]


def test_a_definition_as_the_api_takes_it_is_laid_over_the_defaults():
    users = named_collection("users")
    definition = {
        "listRule": None,
        "createRule": "",
        "fields": [
            {"name": "title", "type": "text", "required": True, "max": 10},
            {
                "name": "user",
                "type": "relation",
                "maxSelect": 1,
                "collectionId": users.id,
                "cascadeDelete": True,
            },
        ],
        "indexes": ["CREATE UNIQUE INDEX idx_user ON example (user)"],
    }
    saved = new_collection("example", "base", definition).save()
    assert (names(saved), saved.create_rule) == (["id", "title", "user"], "")
    assert saved.fields_by_name["user"].cascade_delete
    assert saved.unique_index_of("user").name == "idx_user"


def test_what_the_checks_refuse_is_not_made():
    draft = new_collection("example")
    draft.list_rule = "nothing = 1"
    draft.fields.add(TextField(name="a b"))
    with pytest.raises(Invalid) as caught:
        draft.save()
    assert set(caught.value.errors) == {"fields", "listRule"}
    assert find_collection("example") is None


def test_without_checks_a_rule_may_be_broken():
    draft = new_collection("example")
    draft.list_rule = "nothing = 1"
    assert draft.save(validate=False).list_rule == "nothing = 1"


def test_a_definition_that_cannot_be_read_is_refused():
    with pytest.raises(MalformedDefinition):
        new_collection("example", "base", {"fields": [{"name": "x", "type": "nothing"}]})


def test_the_hooks_run(connect):
    seen = []
    connect(events.collection_create, lambda event, **kwargs: seen.append(event.collection.name))
    new_collection("example").save()
    assert seen == ["example"]


@pytest.mark.parametrize(
    "field",
    [
        BoolField(name="x"),
        NumberField(name="x", min=1, only_int=True),
        TextField(name="x", max=10, pattern="^a"),
        EmailField(name="x", only_domains=("example.com",)),
        UrlField(name="x", except_domains=("example.com",)),
        EditorField(name="x", convert_urls=True),
        DateField(name="x", min="2024-01-01 00:00:00.000Z"),
        AutodateField(name="x", on_create=True, on_update=True),
        SelectField(name="x", values=["a", "b"], max_select=2),  # type: ignore[arg-type]
        FileField(name="x", max_select=2, mime_types=("image/png",), thumbs=("10x10",), protected=True),
        RelationField(name="x", collection_id="_pb_users_auth_", cascade_delete=True),
        JsonField(name="x", max_size=100),
        GeoPointField(name="x"),
        PasswordField(name="x", min=8),
    ],
    ids=lambda field: field.type,
)
def test_every_type_is_a_class_with_its_options(field):
    draft = new_collection("example")
    draft.fields.add(field)
    stored = draft.save().fields_by_name["x"]
    assert stored.as_json() == {**field.as_json(), "id": field.type + checksum("x")}
    assert stored == field_from_json(stored.as_json())


# --- changing ---------------------------------------------------------------------------------------


def test_fields_are_added_changed_and_removed(example):
    save_record(new_record("example", {"title": "kept", "n": 5}))
    draft = edit_collection("example")
    draft.name = "example_update"
    draft.remove_index("idx_example_title")  # its column is about to have another name
    draft.delete_rule = "@request.auth.id != ''"
    draft.fields.add(EditorField(name="description"), {"type": "bool", "name": "done"})
    draft.fields.change("title", name="heading", min=2)
    draft.fields.remove("n")
    saved = draft.save()
    assert (saved.name, names(saved)) == ("example_update", ["id", "heading", "description", "done"])
    assert (saved.fields_by_name["heading"].min, saved.delete_rule) == (2, "@request.auth.id != ''")
    (row,) = find_all_records("example_update")
    assert (row["heading"], row["done"]) == ("kept", False)


def test_a_field_takes_the_place_of_its_namesake(example):
    draft = edit_collection("example")
    draft.fields.add(TextField(name="title", max=5))
    saved = draft.save()
    assert (names(saved), saved.fields_by_name["title"].max) == (["id", "title", "n"], 5)
    assert saved.fields_by_name["title"].id == example.fields_by_name["title"].id


def test_what_is_no_field_or_no_option_is_an_error(example):
    draft = edit_collection("example")
    with pytest.raises(LookupError, match="nothing"):
        draft.fields.change("nothing", min=1)
    with pytest.raises(TypeError):
        draft.fields.change("title", nothing=1)
    assert (draft.fields.get("nothing"), draft.fields.get("title").name, len(draft.fields)) == (
        None,
        "title",
        3,
    )


def test_indexes_are_added_replaced_and_removed(example):
    draft = edit_collection("example")
    draft.add_index("idx_example_n", "n DESC, title COLLATE NOCASE", unique=True, where="n > 0")
    draft.add_index("IDX_example_title", "title", unique=True)
    saved = draft.save()
    assert list(saved.indexes) == [
        "CREATE UNIQUE INDEX `idx_example_n` ON `example` (n DESC, title COLLATE NOCASE) WHERE n > 0",
        "CREATE UNIQUE INDEX `IDX_example_title` ON `example` (title)",
    ]
    draft.remove_index("idx_EXAMPLE_n")
    draft.indexes.append("CREATE INDEX idx_more ON example (title, n)")
    assert [text.split()[2] for text in draft.save().indexes] == ["INDEX", "idx_more"]


def test_a_draft_goes_on_after_it_was_saved():
    draft = new_collection("example")
    draft.save()
    draft.fields.add(TextField(name="title"))
    draft.save()
    assert names(find_collection("example")) == ["id", "title"]


def test_a_draft_changes_nobody_elses_definition(example):
    draft = edit_collection(example)
    draft.options["x"] = 1
    draft.fields.remove("title")
    draft.indexes.clear()
    assert (names(example), len(example.indexes), dict(example.options)) == (["id", "title", "n"], 1, {})


def test_what_somebody_else_changed_is_not_taken_back(example):
    mine, theirs = edit_collection("example"), edit_collection("example")
    theirs.fields.add(TextField(name="theirs"))
    theirs.save()
    mine.fields.add(TextField(name="mine"))
    with pytest.raises(ChangedMeanwhile):
        mine.save()
    assert names(find_collection("example")) == ["id", "title", "n", "theirs"]


def test_there_must_be_one_to_edit():
    with pytest.raises(LookupError, match="nowhere"):
        edit_collection("nowhere")


def test_a_hook_changes_a_definition_by_a_draft(connect):
    def with_owner(event, **kwargs):
        draft = CollectionDraft(event.collection)
        draft.fields.add(TextField(name="owner"))
        event.collection = draft.as_collection()

    connect(events.collection_create, with_owner, collection="example")
    assert names(new_collection("example").save()) == ["id", "owner"]


# --- finding, importing, deleting -------------------------------------------------------------------


def test_collections_are_found_by_name_id_and_type(example):
    assert find_collection("EXAMPLE").id == find_collection(example.id).id == example.id
    assert find_collection("nowhere") is None
    auth = [one.name for one in catalog().collections if one.type == "auth"]
    assert {"users", "_superusers"} <= set(auth)
    assert "example" in [one.name for one in catalog().collections]


def test_collections_are_rows_to_query(example):
    system = StoredCollection.objects.filter(system=True).order_by("-created")
    assert "_superusers" in [row.name for row in system]
    closed = StoredCollection.objects.filter(viewRule=None, name="example")
    assert [row.as_collection().name for row in closed] == ["example"]


def test_import_extends_or_makes_exactly_this(example):
    definition = {"name": "example", "fields": [{"name": "more", "type": "text"}]}
    import_collections([definition], delete_missing=False)
    assert sorted(names(find_collection("example"))) == ["id", "more", "n", "title"]
    with pytest.raises(Invalid):
        import_collections(
            [{"name": "example", "fields": [{"name": "", "type": "text"}]}], delete_missing=False
        )


def test_truncate_deletes_every_record(example):
    for title in ("one", "two"):
        save_record(new_record("example", {"title": title}))
    truncate_collection(example)
    assert count_records("example") == 0


def test_delete_needs_nobody_who_refers(example):
    draft = new_collection("referring")
    draft.fields.add(RelationField(name="to", collection_id=example.id))
    referring = draft.save()
    with pytest.raises(CollectionRefused):
        delete_collection(example)
    delete_collection(referring)
    delete_collection(example)
    assert (find_collection("example"), find_collection("referring")) == (None, None)


# --- what one has -----------------------------------------------------------------------------------


def test_the_properties_of_a_collection(example):
    stored = named_collection("example")
    assert (stored.id, stored.name, stored.type, stored.system) == (example.id, "example", "base", False)
    assert [field.name for field in stored.fields] == ["id", "title", "n"]
    assert [index.name for index in stored.parsed_indexes] == ["idx_example_title"]
    assert (stored.created, stored.updated) == (example.created, example.updated)
    assert stored.created != ""


@pytest.mark.parametrize("name", ["list_rule", "view_rule", "create_rule", "update_rule", "delete_rule"])
def test_rules_are_set_one_by_one(example, name):
    draft = edit_collection("example")
    setattr(draft, name, "title = 'x'")
    saved = draft.save()
    rules = ("list_rule", "view_rule", "create_rule", "update_rule", "delete_rule")
    assert {rule: getattr(saved, rule) for rule in rules} == {**dict.fromkeys(rules), name: "title = 'x'"}


OPTIONS = {
    ("authRule",): "verified = true",
    ("manageRule",): "@request.auth.id = id",
    ("authAlert", "enabled"): False,
    ("oauth2", "enabled"): True,
    ("passwordAuth", "enabled"): False,
    ("mfa", "duration"): 100,
    ("otp", "enabled"): True,
    ("authToken", "duration"): 100,
    ("passwordResetToken", "duration"): 100,
    ("emailChangeToken", "duration"): 100,
    ("verificationToken", "duration"): 100,
    ("fileToken", "duration"): 100,
    ("verificationTemplate", "subject"): "Hello",
    ("resetPasswordTemplate", "subject"): "Hello",
    ("confirmEmailChangeTemplate", "subject"): "Hello",
}


@pytest.mark.parametrize(("path", "value"), OPTIONS.items(), ids=[".".join(path) for path in OPTIONS])
def test_every_option_of_an_auth_collection_is_there(path, value):
    draft = new_collection("members", "auth")
    *groups, last = path
    group = draft.options
    for name in groups:
        group = group[name]
    assert group[last] != value
    group[last] = value
    draft.save()
    stored = named_collection("members").options
    for name in path:
        stored = stored[name]
    assert stored == value


def test_the_tested_options_are_all_there_are():
    assert {path[0] for path in OPTIONS} == set(new_collection("members", "auth").options)
