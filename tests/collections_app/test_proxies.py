"""Classes of one's own for the records of a collection, in queries and saves: PocketBase's proxies."""

import gc
import weakref

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower

from collections_app import events
from collections_app.definitions.draft import edit_collection
from collections_app.fetching import find_record_by_id, new_record
from collections_app.fields.text_field import TextField
from collections_app.orm import RecordModel, collection_model
from collections_app.records.writing.saving import save_record
from tests.collections_app.articles import make_articles, write


class Article(RecordModel):
    title: str
    slug: str

    class Meta(RecordModel.Meta):
        abstract = True

    def shout(self) -> str:
        return self.title.upper()


@pytest.fixture(autouse=True)
def _articles(make_collection, own_storage):
    make_articles(make_collection)


def articles() -> type[Article]:
    return collection_model("articles", Article)


def test_queries_yield_instances_of_the_class():
    write(title="Hello", slug="Example")
    found = articles().objects.annotate(lower=Lower("slug")).get(lower="example")
    assert (isinstance(found, Article), found.shout()) == (True, "HELLO")
    assert [one.shout() for one in articles().objects.filter(title__startswith="H")] == ["HELLO"]


def test_saves_take_the_road_of_every_record(connect):
    seen = []
    connect(
        events.record_update,
        lambda event, **kwargs: seen.append(event.record["title"]),
        collection="articles",
    )
    made = articles().objects.create(title="one")
    made.title = "two"
    made.save()
    assert (seen, find_record_by_id("articles", made.pk)["title"]) == (["two"], "two")
    made.title = ""
    with pytest.raises(ValidationError):
        made.save()
    made.delete()
    assert find_record_by_id("articles", made.pk) is None


def test_a_record_becomes_an_instance_and_an_instance_a_record():
    record = write(title="one")
    instance = articles().from_record(record)
    assert (instance.shout(), instance.pk, instance._state.adding) == ("ONE", record.id, False)
    instance.title = "two"
    again = instance.as_record()
    assert (again["title"], again.original["title"]) == ("two", "one")
    instance.save()
    assert find_record_by_id("articles", record.id)["title"] == "two"


def test_a_record_of_another_collection_is_refused():
    with pytest.raises(TypeError, match="articles"):
        articles().from_record(new_record("writers"))


def test_new_ones_go_both_ways_too():
    instance = articles().from_record(new_record("articles", {"title": "new"}))
    assert instance._state.adding
    record = articles()(title="other").as_record()
    assert record.is_new
    save_record(record)
    instance.save()
    assert articles().objects.count() == 2


def test_an_instance_whose_record_is_gone_has_none():
    record = write()
    instance = articles().from_record(record)
    articles().objects.get(pk=record.id).delete()
    with pytest.raises(articles().DoesNotExist):
        instance.as_record()


def test_other_classes_are_not_in_the_way():
    assert articles() is articles()
    assert collection_model("articles") is not articles()
    assert not issubclass(collection_model("articles"), Article)


def test_only_an_abstract_model_will_do():
    with pytest.raises(TypeError, match="abstract"):
        collection_model("articles", articles())
    with pytest.raises(TypeError, match="abstract"):
        collection_model("articles", object)


def test_the_class_follows_the_schema_and_old_ones_go():
    before = weakref.ref(articles())
    draft = edit_collection("articles")
    draft.fields.add(TextField(name="subtitle"))
    draft.save()
    assert articles()(title="x", subtitle="y").subtitle == "y"
    gc.collect()
    assert before() is None
