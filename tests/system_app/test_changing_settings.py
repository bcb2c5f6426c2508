"""Settings changed from code: laid over what there is, checked, and used at once."""

import json

import pytest

from platform_app.runtime_settings.current import current, forget_settings
from platform_app.runtime_settings.row import ROW_ID
from platform_app.wire.errors import Invalid
from system_app.models import Param
from system_app.settings.saving import change_settings
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db


def test_what_is_not_named_stays():
    save(meta={"senderName": "Shop"})
    change_settings({"meta": {"appName": "test"}, "logs": {"maxDays": 2}})
    meta = current().meta
    assert (meta.app_name, meta.sender_name, current().data["logs"]["maxDays"]) == ("test", "Shop", 2)


def test_what_breaks_a_rule_changes_nothing():
    save()
    with pytest.raises(Invalid) as refused:
        change_settings({"meta": {"appName": "test"}, "smtp": {"enabled": True, "host": ""}})
    assert "host" in refused.value.errors["smtp"]
    forget_settings()
    assert current().meta.app_name == "Acme"


def test_a_member_of_another_type_changes_nothing():
    save()
    with pytest.raises(ValueError, match="type string"):
        change_settings({"meta": {"appName": 5}})
    assert current().meta.app_name == "Acme"


def test_a_row_that_somebody_else_wrote_is_read_anew():
    save()
    assert current().meta.app_name == "Acme"  # the copy of this process
    stored = json.loads(Param.objects.get(id=ROW_ID).value)
    stored["meta"]["appName"] = "theirs"
    value = json.dumps(stored)
    Param.objects.filter(id=ROW_ID).update(value=value)
    forget_settings()
    assert current().meta.app_name == "theirs"
