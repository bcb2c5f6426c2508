"""Field types of other people's apps are no less than ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.db import IntegrityError, transaction

from collections_app.catalog import find_collection, forget_catalog
from collections_app.fields import registry
from collections_app.fields.abilities import Modify
from collections_app.fields.base import OptionContext, ValueContext
from collections_app.fields.options import MalformedOptions, OptionError
from collections_app.fields.registry import field_from_json, field_types, register
from collections_app.fields.texts import HoldsText
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from platform_app.database.engines.vendor import Vendor
from platform_app.database.named_sql import query
from platform_app.wire.errors import FieldError
from system_app.limits.body_limits import record_limit
from tests.collections_app.records.writing.sending import Sender, records_path
from tests.reference.writing_collections import OPEN


@dataclass(frozen=True, kw_only=True)
class ShoutField(HoldsText):
    """A text in capitals, with a mark behind it, of which more are added by `name+`."""

    type: ClassVar[str] = "shout"

    mark: str = "!"
    most_marks: int = 3

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        return {"mostMarks": None if self.most_marks > 0 else FieldError("validation_no_marks", "Some.")}

    def clean(self, raw: Any) -> str:
        return super().clean(raw).upper()

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if value.count(self.mark) > self.most_marks:
            return FieldError("validation_too_loud", "Too loud.")
        return None

    @property
    def modifiers(self) -> Mapping[str, Modify]:
        return {f"{self.name}+": lambda value, raw: value + self.mark * int(raw)}

    @property
    def autogenerates(self) -> bool:
        return True

    def generate(self) -> str:
        return "HELLO"

    @property
    def body_limit_bytes(self) -> int:
        return 60 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class LevelField(HoldsText):
    """A word that is stored as its number, in a column that holds a single digit."""

    type: ClassVar[str] = "level"
    words: ClassVar[tuple[str, ...]] = ("", "low", "high")

    def column_sql(self, vendor: Vendor) -> str:
        return f"VARCHAR(1) DEFAULT '0' NOT NULL CHECK (\"{self.name}\" IN ('0', '1', '2'))"

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        return None if value in self.words else FieldError("validation_no_level", "No level.")

    def from_db(self, stored: Any) -> str:
        return self.words[int(stored)]

    def to_db(self, value: Any) -> str:
        return str(self.words.index(value))


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setattr(registry, "_types", dict(field_types()))
    register(ShoutField)
    register(LevelField)


@pytest.fixture
def walls(make_collection):
    return make_collection("walls", [{"type": "shout", "name": "words", "mark": "?"}], **OPEN)


def test_a_type_of_ones_own_is_known():
    assert field_types()["shout"] is ShoutField
    with pytest.raises(RuntimeError, match="'shout' is registered twice"):
        register(ShoutField)


def test_its_options_are_read_and_written():
    field = field_from_json({"type": "shout", "name": "w", "mark": "?", "mostMarks": 5})
    assert (field.mark, field.most_marks) == ("?", 5)
    assert field_from_json(field.as_json()) == field
    with pytest.raises(MalformedOptions):
        field_from_json({"type": "shout", "name": "w", "mark": 5})


def test_its_options_are_judged(db):
    fields = [{"type": "shout", "name": "w", "mostMarks": -1}]
    status, answer = Sender.superuser()("POST", "/collections", {"name": "loud", "fields": fields})
    (errors,) = answer["data"]["fields"].values()
    assert (status, errors["mostMarks"]["code"]) == (400, "validation_no_marks")


def test_it_is_designed_over_the_api_and_read_by_other_processes(db):
    fields = [{"type": "shout", "name": "w"}]
    status, answer = Sender.superuser()("POST", "/collections", {"name": "loud", "fields": fields})
    assert status == 200, answer
    forget_catalog()
    assert [field.type for field in find_collection("loud").fields] == ["text", "shout"]


def test_its_values_are_cleaned_and_judged(walls):
    guest = Sender()
    status, made = guest("POST", records_path(walls), {"words": "a?"})
    assert (status, made["words"], find_record(walls, made["id"])["words"]) == (200, "A?", "A?")
    status, refused = guest("POST", records_path(walls), {"words": "????"})
    assert (status, refused["data"]["words"]["code"]) == (400, "validation_too_loud")


def test_it_may_have_modifiers(walls):
    guest = Sender()
    _, made = guest("POST", records_path(walls), {"words": "a"})
    _, changed = guest("PATCH", records_path(walls, made["id"]), {"words+": 2})
    assert changed["words"] == "A??"


def test_it_may_fill_itself_in(walls):
    assert Sender()("POST", records_path(walls), {})[1]["words"] == "HELLO"


def test_it_may_allow_large_bodies(walls):
    assert record_limit(walls) > 60 * 1024 * 1024


def test_it_may_store_its_values_as_it_likes(make_collection):
    lamps = make_collection("lamps", [{"type": "level", "name": "light"}], **OPEN)
    guest = Sender()
    _, made = guest("POST", records_path(lamps), {"light": "high"})
    _, listed = guest("GET", records_path(lamps))
    assert [made["light"], *(item["light"] for item in listed["items"])] == ["high", "high"]
    assert query("SELECT light FROM lamps").column() == ["2"]
    assert collection_model("lamps").objects.get().light == "high"


def test_it_may_have_a_column_of_its_own(make_collection):
    make_collection("lamps", [{"type": "level", "name": "light"}])
    with pytest.raises(IntegrityError), transaction.atomic():
        query("INSERT INTO lamps (light) VALUES ('3')").execute()
    query("INSERT INTO lamps (id) VALUES ('lamp00000000001')").execute()
    assert find_record(find_collection("lamps"), "lamp00000000001")["light"] == ""
