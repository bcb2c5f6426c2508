"""Changing a definition as `PATCH /api/collections/{id}` does it, for the tabs of the collection's editor."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from admin_ui.acting import acting_info
from collections_app.catalog import load_catalog
from collections_app.collection import Collection
from collections_app.definitions.definition_json import MalformedDefinition, merge_definition
from collections_app.definitions.normalizing import normalized
from collections_app.definitions.submitting import (
    DATA_FAILED,
    submit_collection,
    submit_new_collection,
    submitted_collection,
)
from collections_app.definitions.validating import definition_errors
from collections_app.exposing.exposures import exposure_of
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import BadRequest, Forbidden

Json = dict[str, Any]


def require_controls() -> None:
    """Raises Forbidden where the settings hide what designs collections (SH-05)."""
    if current().meta.hides_controls:
        raise Forbidden(gettext("The settings hide the controls, so collections are not changed here."))


def edited_collection(name: str) -> Collection:
    """The definition as the database has it now, for whoever may change it.

    Raises NotFound, and Forbidden for controls that are hidden and for a model's collection, which is code.
    """
    require_controls()
    found = submitted_collection(name)
    if exposure_of(found) is not None:
        raise Forbidden(
            gettext("This collection shows a model of the project: its fields and rules are in its code.")
        )
    return found


def proposed(collection: Collection, changes: Json) -> Collection:
    """The definition that `changes`, the members of a PATCH, would make of it; nothing is stored.

    Raises BadRequest, whose `data` says what is wrong, as saving would.
    """
    try:
        merged = merge_definition(collection, changes)
    except MalformedDefinition as error:
        raise BadRequest(DATA_FAILED) from error
    new = normalized(merged, is_new=False, is_taken=lambda _: False)
    errors = definition_errors(new, collection, load_catalog())
    if errors:
        raise BadRequest(gettext("Nothing was saved: look at what is marked."), errors)
    return new


def save(request: HttpRequest, collection: Collection, changes: Json) -> Collection:
    """Lay `changes` over the stored definition; returns what is stored then.

    Raises the ApiError of the API, with its `data`.
    """
    saved = submit_collection(collection, changes, info=acting_info(request, method="PATCH", body=changes))
    return _stored(saved)


def create(request: HttpRequest, definition: Json) -> Collection:
    """Make a collection of the members of a POST. Raises the ApiError of the API."""
    kind, name = str(definition["type"]), str(definition["name"])
    info = acting_info(request, method="POST", body=definition)
    return _stored(submit_new_collection(definition, kind=kind, name=name, info=info))


def _stored(saved: Json | None) -> Collection:
    if saved is None:
        raise BadRequest(gettext("Nothing was saved: a hook stopped it."))
    return submitted_collection(str(saved["id"]))
