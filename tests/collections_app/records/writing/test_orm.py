"""The ORM takes the road of every record: checks, hooks, files, references."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db.models import signals

from collections_app import events
from collections_app.orm import collection_model
from collections_app.passwords import matches
from collections_app.records.querying.finding import find_record
from tests.collections_app.records.writing.sending import files_of, without_random
from tests.reference.hook_logs import noting
from tests.reference.writing_collections import make_accounts, make_writing_collections

pytestmark = pytest.mark.usefixtures("committing")


@pytest.fixture
def log():
    lines = []

    def note(name, mark, event):
        if mark == "<" and name.startswith("Record"):
            lines.append(name)

    with noting(note):
        yield lines


def test_create_fills_in_what_the_server_makes(c, log):
    made = collection_model("c").objects.create(t="text", n=5, s=["a"])
    record = find_record(c, made.pk)
    assert (len(made.pk), len(made.ag), made.updated) == (15, 3, record["updated"])
    assert record.values == {name: getattr(made, name) for name in record.values}
    assert log == ["RecordCreate", "RecordValidate", "RecordCreateExecute", "RecordAfterCreateSuccess"]


def test_save_changes_only_what_differs(c, log):
    model = collection_model("c")
    made = model.objects.create(t="old", n=5)
    log.clear()
    model.objects.filter(pk=made.pk).update(n=6)
    made = model.objects.defer("n").get(pk=made.pk)
    made.t = "new"
    made.save(update_fields=["t"])
    record = find_record(c, made.pk)
    assert (record["t"], record["n"]) == ("new", 6)
    assert log == ["RecordUpdate", "RecordValidate", "RecordUpdateExecute", "RecordAfterUpdateSuccess"]


def test_refused_values_are_a_validation_error(c):
    with pytest.raises(ValidationError) as caught:
        collection_model("c").objects.create(id="short", s=["zz"])
    found = {name: errors[0].code for name, errors in caught.value.error_dict.items()}
    assert found == {"id": "validation_min_text_constraint", "s": "validation_invalid_value"}


def test_an_id_that_is_taken_is_refused(c):
    model = collection_model("c")
    model.objects.create(id="taken0000000001")
    with pytest.raises(ValidationError, match="must be unique"):
        model.objects.create(id="taken0000000001")


def test_djangos_signals_are_sent_too(c):
    model = collection_model("c")
    sent = []

    def note(signal, instance, **kwargs):
        sent.append((names[signal], instance.t, kwargs.get("created")))

    names = {getattr(signals, name): name for name in ("pre_save", "post_save", "pre_delete", "post_delete")}
    for signal in names:
        signal.connect(note, sender=model)
    made = model.objects.create(t="one")
    made.t = "two"
    made.save()
    made.delete()
    assert sent == [
        ("pre_save", "one", None),
        ("post_save", "one", True),
        ("pre_save", "two", None),
        ("post_save", "two", False),
        ("pre_delete", "two", None),
        ("post_delete", "two", None),
    ]


def test_files_are_stored_and_removed(c):
    made = collection_model("c").objects.create(f=[ContentFile(b"x", "photo.png")])
    assert [without_random(name) for name in made.f] == ["photo_*.png"] == files_of(c, made.pk)
    assert made.delete() == (1, {"collections.c": 1})
    assert files_of(c, made.pk) == []


def test_deleting_a_query_set_deletes_the_references(make_collection, log):
    make_writing_collections(make_collection)
    target = collection_model("wtarget").objects.create()
    referring = collection_model("wr_cas1").objects.create(rel=target.pk)
    assert collection_model("wtarget").objects.filter(pk=target.pk).delete() == (
        1,
        {"collections.wtarget": 1},
    )
    assert not collection_model("wr_cas1").objects.filter(pk=referring.pk).exists()
    assert log.count("RecordDelete") == 2


def test_passwords_are_hashed_once(make_collection):
    accounts = make_accounts(make_collection, "wa")
    model = collection_model("wa")
    made = model.objects.create(email="a@example.com", password="1234567890")
    key = made.tokenKey
    assert matches("1234567890", find_record(accounts, made.pk)["password"])
    again = model.objects.get(pk=made.pk)
    again.name = "still the same password"
    again.save()
    assert (again.tokenKey, matches("1234567890", find_record(accounts, made.pk)["password"])) == (key, True)
    again.password = "abcdefghij"
    again.save()
    assert again.tokenKey != key
    assert matches("abcdefghij", find_record(accounts, made.pk)["password"])


def test_a_hook_may_refuse(c):
    def refuse(event, **kwargs):
        raise PermissionError("closed")

    events.record_create.connect(refuse, collection="c", dispatch_uid=refuse)
    try:
        with pytest.raises(PermissionError):
            collection_model("c").objects.create()
    finally:
        events.record_create.disconnect(dispatch_uid=refuse)
    assert collection_model("c").objects.count() == 0
