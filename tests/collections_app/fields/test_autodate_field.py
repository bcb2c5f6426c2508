import re

import pytest

from collections_app.fields.abilities import SetOnWrite
from platform_app.wire.errors import FieldError
from tests.collections_app.fields.judging import judge, make, option_codes, option_errors


@pytest.mark.parametrize(
    ("options", "on_create", "on_update"),
    [
        ({"onCreate": True}, True, False),
        ({"onUpdate": True}, False, True),
        ({"onCreate": True, "onUpdate": True}, True, True),
    ],
)
def test_is_set_by_the_writes_it_is_for(options, on_create, on_update):
    field = make("autodate", **options)
    assert isinstance(field, SetOnWrite)
    values = (field.value_on_write(is_new=True), field.value_on_write(is_new=False))
    assert tuple(value is not None for value in values) == (on_create, on_update)
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z"
    assert all(re.fullmatch(moment, value) for value in values if value is not None)


def test_any_value_passes():
    assert judge(make("autodate"), "tomorrow") is None


def test_one_of_the_flags_must_be_on():
    error = FieldError("validation_required", "Either onCreate or onUpdate must be enabled.")
    assert option_errors(make("autodate")) == {"onCreate": error, "onUpdate": error}
    assert option_errors(make("autodate", onUpdate=True)) == {}


def test_flags_of_a_system_field_are_fixed():
    stored = make("autodate", system=True, onCreate=True)
    changed = make("autodate", system=True, onUpdate=True)
    assert option_codes(changed, stored=stored) == {
        "onCreate": "validation_values_mismatch",
        "onUpdate": "validation_values_mismatch",
    }
    assert option_codes(changed) == {}
    assert option_codes(make("autodate", onUpdate=True), stored=stored) == {}


def test_help_and_required_are_no_options():
    assert make("autodate", help="x" * 500, required=True, onCreate=True).as_json() == {
        "hidden": False, "id": "autodate1", "name": "f", "onCreate": True, "onUpdate": False,
        "presentable": False, "system": False, "type": "autodate",
    }  # fmt: skip
