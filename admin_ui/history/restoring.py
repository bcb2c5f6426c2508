"""Making a deleted record again, of what the history kept of it: through the same service as the API."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from admin_ui.acting import acting_info
from admin_ui.history.reading import kept_values
from admin_ui.models import Change
from collections_app.collection import Collection
from collections_app.fields.autodate_field import AutodateField
from collections_app.fields.file_field import FileField
from collections_app.records.writing.creating import create_record
from platform_app.database.ids import random_text
from platform_app.wire.errors import BadRequest

_PASSWORD_LENGTH = 30


def restore_record(request: HttpRequest, collection: Collection, change: Change) -> bool:
    """Whether it was made: a hook may stop it.

    Its id and values are those that it had; its files are gone, dates that set themselves are new, and who
    signs in with it needs another password. Raises what the service raises.
    """
    if not change.is_whole:
        raise BadRequest("The history did not keep all of it.")
    body = _body(collection, kept_values(change))
    if collection.is_auth:
        body["password"] = body["passwordConfirm"] = random_text(_PASSWORD_LENGTH)
    info = acting_info(request, method="POST", body=body)
    return create_record(collection, info=info, uploads={}) is not None


def _body(collection: Collection, kept: Mapping[str, str]) -> dict[str, Any]:
    """JSON stays text, whatever digits its numbers have; fields that are gone meanwhile are left out."""
    return {
        name: kept[name] if field.type == "json" else json.loads(kept[name])
        for name, field in collection.fields_by_name.items()
        if name in kept and not isinstance(field, FileField | AutodateField)
    }
