"""Record: values set by name and modifier, read as types, copied, shown and hidden.

The tables of the getters are what the reference's JSVM answers for the same values (PocketBase v0.39.11).
"""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.db.models import F

from collections_app.catalog import find_collection
from collections_app.fetching import find_record_by_id, new_record
from collections_app.fields.file_names import PendingFile
from collections_app.records.reading.presenting import present, public_export
from collections_app.records.writing.saving import save_record
from collections_app.request_info import RequestInfo
from platform_app.wire.errors import Invalid
from tests.collections_app.articles import hire, make_articles, write


@pytest.fixture(autouse=True)
def _articles(make_collection, own_storage):
    make_articles(make_collection)


def article(**values):
    return new_record("articles", values)


# --- setting ----------------------------------------------------------------------------------------


def test_set_is_the_same_as_assigning():
    record = article()
    record.set("title", "example")
    assert (record["title"], record.get("title")) == ("example", "example")


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        pytest.param({"tags": ["b"]}, "tags+", "a", ["b", "a"], id="append"),
        pytest.param({"tags": ["b"]}, "tags+", ["a", "b"], ["b", "a"], id="append_several"),
        pytest.param({"tags": ["b"]}, "+tags", ["c"], ["c", "b"], id="prepend"),
        pytest.param({"tags": ["b", "c"]}, "tags-", "b", ["c"], id="remove"),
        pytest.param({"views": 5}, "views+", 2, 7.0, id="add"),
        pytest.param({"views": 5}, "views-", "4", 1.0, id="subtract"),
        pytest.param({"editors": []}, "editors+", "w" * 15, ["w" * 15], id="relation"),
    ],
)
def test_modifiers_change_what_is_there(before, key, value, after):
    record = article(**before)
    record.set(key, value)
    assert record[key.strip("+-")] == after


def test_a_modifier_takes_records_for_their_ids():
    writer = hire("ann")
    record = article()
    record.set("editors+", writer)
    assert record["editors"] == [writer.id]


def test_autogenerate_adds_what_the_pattern_makes():
    record = article()
    record.set("slug:autogenerate", "post-")
    assert (record["slug"][:5], len(record["slug"])) == ("post-", 9)


def test_load_sets_every_item_in_order():
    record = article()
    record.load({"tags": ["a"], "tags+": "b", "views": 3})
    assert (record["tags"], record["views"]) == (["a", "b"], 3.0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("views", "many", id="no_number"),
        pytest.param("views+", "many", id="no_number_to_add"),
        pytest.param("editors+", {"id": "x"}, id="no_relation"),
    ],
)
def test_what_has_no_form_in_the_field_is_refused(key, value):
    with pytest.raises(TypeError, match=key.strip("+")):
        article().set(key, value)


def test_an_expression_is_not_modified_before_it_is_evaluated():
    record = article()
    record["views"] = F("views") + 1
    with pytest.raises(TypeError, match="expression"):
        record.set("views+", 1)


# --- getting ----------------------------------------------------------------------------------------

TEXTS = {
    "": (0, 0.0, False, []),
    "5": (5, 5.0, False, ["5"]),
    "1.9": (1, 1.9, False, ["1.9"]),
    "-7": (-7, -7.0, False, ["-7"]),
    "abc": (0, 0.0, False, ["abc"]),
    "t": (0, 0.0, True, ["t"]),
    "yes": (0, 0.0, False, ["yes"]),
    "0x1f": (31, 0.0, False, ["0x1f"]),
    "010": (8, 10.0, False, ["010"]),
    "1e3": (0, 1000.0, False, ["1e3"]),
    " 5": (0, 0.0, False, [" 5"]),
    "1_000": (1000, 1000.0, False, ["1_000"]),
    "99999999999999999999": (0, 1e20, False, ["99999999999999999999"]),
    '["a","b"]': (0, 0.0, False, ["a", "b"]),
    "a,b": (0, 0.0, False, ["a,b"]),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.items(), ids=[repr(text) for text in TEXTS])
def test_texts_are_read_as_types(text, expected):
    record = article(title=text)
    found = (
        record.get_int("title"),
        record.get_float("title"),
        record.get_bool("title"),
        record.get_string_slice("title"),
    )
    assert found == expected
    assert record.get_string("title") == text


@pytest.mark.parametrize(
    ("name", "value", "as_text", "as_int", "as_bool"),
    [
        pytest.param("views", 1.9, "1.9", 1, True, id="number"),
        pytest.param("views", -1.9, "-1.9", -1, True, id="negative_number"),
        pytest.param("views", 0, "0", 0, False, id="zero"),
        pytest.param("active", True, "true", 1, True, id="true"),
        pytest.param("active", False, "false", 0, False, id="false"),
        pytest.param("published", "2024-05-01", "2024-05-01 00:00:00.000Z", 0, False, id="date"),
        pytest.param("kind", "a", "a", 0, False, id="select"),
        pytest.param("tags", ["a", "b"], "", 0, False, id="several"),
        pytest.param("meta", 1, "1", 0, False, id="json_number"),
        pytest.param("meta", True, "true", 0, False, id="json_bool"),
        pytest.param("meta", {"a": 1}, '{"a":1}', 0, False, id="json_object"),
        pytest.param("meta", None, "null", 0, False, id="json_null"),
        pytest.param("place", {"lon": 1.5, "lat": 2}, '{"lon":1.5,"lat":2}', 0, False, id="point"),
        pytest.param("secret", "plain text", "plain text", 0, False, id="password"),
        pytest.param("nothing", None, "", 0, False, id="missing"),
    ],
)
def test_values_are_read_as_types(name, value, as_text, as_int, as_bool):
    record = article() if name == "nothing" else article(**{name: value})
    assert (record.get_string(name), record.get_int(name), record.get_bool(name)) == (
        as_text,
        as_int,
        as_bool,
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param(
            "published", "2024-05-01 10:00:00.123Z", datetime(2024, 5, 1, 10, 0, 0, 123000, UTC), id="date"
        ),
        pytest.param("title", "2024-05-01 10:00:00+02:00", datetime(2024, 5, 1, 8, tzinfo=UTC), id="text"),
        pytest.param("published", "", None, id="unset"),
        pytest.param("title", "0000-01-01", None, id="before_the_calendar"),
        pytest.param("title", "soon", None, id="no_moment"),
    ],
)
def test_moments_are_read_in_utc(name, value, expected):
    assert article(**{name: value}).get_datetime(name) == expected


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        pytest.param(["a", "b"], ["a", "b"], id="texts"),
        pytest.param([1, 2], [], id="numbers"),
        pytest.param({"a": 1}, [], id="object"),
        pytest.param(None, [], id="null"),
    ],
)
def test_json_is_read_as_itself_and_as_texts(value, texts):
    record = article(meta=value)
    assert (record.get_json("meta"), record.get_string_slice("meta")) == (value, texts)


def test_a_point_is_read_as_its_degrees():
    assert article(place={"lon": 1.5, "lat": 2}).get_geo_point("place") == {"lon": 1.5, "lat": 2.0}


def test_uploads_are_there_until_they_are_saved():
    record = article(title="x", documents=[ContentFile(b"1", "a.txt"), PendingFile.from_bytes("b.txt", b"2")])
    assert [file.original_name for file in record.get_unsaved_files("documents")] == ["a.txt", "b.txt"]
    assert record.get("documents:unsaved") == record.get_unsaved_files("documents")
    assert record.get_string_slice("documents") == [f.name for f in record.get_unsaved_files("documents")]
    save_record(record)
    assert (record.get_unsaved_files("documents"), len(record["documents"])) == ([], 2)


def test_files_are_added_and_removed_by_modifiers():
    record = write(documents=[ContentFile(b"1", "one.txt"), ContentFile(b"2", "two.txt")])
    record = find_record_by_id("articles", record.id)
    one, two = record["documents"]
    record.set("documents-", [one])
    record.set("documents+", [ContentFile(b"3", "three.txt")])
    save_record(record)
    assert record["documents"][0] == two
    assert record["documents"][1].startswith("three_")


# --- custom values ----------------------------------------------------------------------------------


def test_custom_values_are_shown_when_asked_for_only():
    record = article()
    record.set("score", 5)
    assert (record.get("score"), record.get_string("score"), record.get("nothing", 7)) == (5, "5", 7)
    assert "score" not in public_export(record)
    assert public_export(record.with_custom_data())["score"] == 5
    record.set("rank", 1)
    assert public_export(record)["rank"] == 1
    assert "score" not in public_export(record.hide("score"))
    assert "rank" not in public_export(record.with_custom_data(False))


def test_custom_values_are_not_stored():
    record = write()
    record.set("score", 5)
    save_record(record)
    assert find_record_by_id("articles", record.id).get("score") is None


def test_answers_show_custom_values_too():
    record = article(title="x").with_custom_data()
    record.set("score", 5)
    (answer,) = present([record], RequestInfo())
    assert (answer["score"], answer["title"]) == (5, "x")


# --- visibility -------------------------------------------------------------------------------------


def test_the_export_has_what_anybody_may_see():
    exported = public_export(write(note="for us", tags=["a"], views=3))
    assert "note" not in exported
    assert {key: exported[key] for key in ("title", "tags", "views", "collectionName")} == {
        "title": "Untitled",
        "tags": ["a"],
        "views": 3,
        "collectionName": "articles",
    }


def test_fields_are_hidden_and_shown():
    record = article(note="for us")
    assert "title" not in public_export(record.hide("title", "views"))
    shown = public_export(record.unhide("title", "note"))
    assert ("title" in shown, shown["note"], "views" in shown) == (True, "for us", False)


def test_an_address_is_shown_by_its_own_word_alone():
    writer = hire("ann")
    assert "email" not in public_export(writer.unhide("email", "password", "tokenKey"))
    assert public_export(writer.ignore_email_visibility())["email"] == "ann@example.com"
    assert {"password", "tokenKey"}.isdisjoint(public_export(writer))
    assert "email" not in public_export(writer.ignore_email_visibility(False))
    assert "email" not in public_export(writer.ignore_email_visibility().hide("email"))


# --- copies -----------------------------------------------------------------------------------------


def test_original_holds_what_was_read():
    record = find_record_by_id("articles", write(title="old").id)
    record.set("title", "new")
    assert (record.original["title"], record["title"]) == ("old", "new")
    assert article().original is None


def test_a_fresh_copy_has_the_values_alone():
    record = find_record_by_id("articles", write(title="old").id)
    record.set("title", "new")
    record.set("score", 5)
    record.hide("views").expand = {"author": record}
    copy = record.fresh()
    assert (copy["title"], copy.original["title"], copy.is_new) == ("new", "old", False)
    assert (copy.get("score"), copy.concealed, copy.expand) == (None, frozenset(), None)


def test_a_clone_has_everything_and_a_life_of_its_own():
    record = find_record_by_id("articles", write(title="old").id)
    record.set("score", 5)
    record.hide("views").expand = {"author": record}
    clone = record.clone()
    assert (clone.get("score"), clone.concealed, clone.expand) == (5, {"views"}, {"author": record})
    clone.set("title", "new")
    clone.set("score", 6)
    clone.expand["more"] = record
    assert (record["title"], record.get("score"), set(record.expand)) == ("old", 5, {"author"})


# --- auth records -----------------------------------------------------------------------------------


def test_passwords_are_set_and_compared():
    writer = hire("ann")
    assert (writer.validate_password("1234567890"), writer.validate_password("other")) == (True, False)
    writer.set_password("abcdefghij")
    assert (writer.validate_password("abcdefghij"), writer.validate_password("1234567890")) == (True, False)
    key = writer["tokenKey"]
    save_record(writer)
    again = find_record_by_id("writers", writer.id)
    assert (again.validate_password("abcdefghij"), again.get_string("password")) == (True, "")
    assert again["tokenKey"] != key


def test_a_password_is_checked_like_every_value():
    writer = hire("ann")
    writer.set_password("short")
    with pytest.raises(Invalid) as caught:
        save_record(writer)
    assert set(caught.value.errors) == {"password"}


@pytest.mark.parametrize(
    ("pattern", "made"),
    [
        pytest.param("[a-zA-Z0-9]{50}", r"[a-zA-Z0-9]{50}", id="as_ever"),
        pytest.param("[a-z]{45}", r"[a-z]{45}", id="of_another_pattern"),
        pytest.param("", r"[a-zA-Z0-9]{50}", id="without_a_pattern"),
    ],
)
def test_the_token_key_is_renewed(pattern, made):
    writers = find_collection("writers")
    fields = [
        replace(field, autogenerate_pattern=pattern) if field.name == "tokenKey" else field
        for field in writers.fields
    ]
    writer = new_record(replace(writers, fields=tuple(fields)))
    keys = set()
    for _ in range(2):
        writer.refresh_token_key()
        keys.add(writer["tokenKey"])
    assert [bool(re.fullmatch(made, key)) for key in keys] == [True, True]


def test_auth_values_are_fields_like_others():
    writer = hire("ann")
    writer["email"], writer["verified"] = "new@example.com", True
    writer["emailVisibility"], writer["tokenKey"] = True, "k" * 50
    save_record(writer)
    again = find_record_by_id("writers", writer.id)
    assert (again["email"], again["verified"], again["emailVisibility"], again["tokenKey"]) == (
        "new@example.com",
        True,
        True,
        "k" * 50,
    )


def test_superusers_are_those_of_one_collection():
    assert (new_record("_superusers").is_superuser, article().is_superuser) == (True, False)
