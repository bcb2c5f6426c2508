"""Lists that somebody saved under a name: for oneself, or for all who look at the collection."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from admin_ui.models import SavedView
from admin_ui.records.listing import Place
from collections_app.collection import Collection
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import BadRequest, FieldError

# Of one collection, as tabs above its list.
MOST_VIEWS = 50
MOST_NAME_CHARACTERS = 60


@dataclass(frozen=True)
class ViewTab:
    """A saved view as a tab; `is_own` says that it is the reader's."""

    id: str
    name: str
    address: str
    is_current: bool
    is_shared: bool
    is_own: bool


def view_tabs(place: Place, owner_id: str) -> tuple[ViewTab, ...]:
    """Those that somebody sees above the list, in one query; the current one says the same as the list."""
    seen = SavedView.objects.filter(
        Q(owner_id=owner_id) | Q(is_shared=True), collection_id=place.collection.id
    )
    said = _said(place)
    return tuple(
        ViewTab(
            id=view.id,
            name=view.name,
            address=_place_of(place.collection, view).address,
            is_current=_said(_place_of(place.collection, view)) == said,
            is_shared=view.is_shared,
            is_own=view.owner_id == owner_id,
        )
        for view in seen.order_by("name", "id")[:MOST_VIEWS]
    )


def save_view(place: Place, owner_id: str, name: str, *, is_shared: bool) -> None:
    """Keep the list under a name, in the place of one's own view of that name. Raises BadRequest."""
    name = " ".join(name.split())
    if not name or len(name) > MOST_NAME_CHARACTERS:
        sentence = _("Give it a name of up to %(most)d characters.") % {"most": MOST_NAME_CHARACTERS}
        raise BadRequest(sentence, {"name": FieldError("validation_invalid_name", sentence)})
    values = {
        "is_shared": is_shared,
        "filter": place.filter,
        "sort": place.sort,
        "columns": ".".join(place.columns),
    }
    key = {"collection_id": place.collection.id, "owner_id": owner_id, "name": name}
    with unit_of_work():
        if not SavedView.objects.filter(**key).update(**values):
            if SavedView.objects.filter(collection_id=place.collection.id).count() >= MOST_VIEWS:
                raise BadRequest(
                    _("There are %(most)d views already: delete one first.") % {"most": MOST_VIEWS}
                )
            SavedView.objects.create(**key, **values)


def delete_view(collection: Collection, owner_id: str, view_id: str) -> None:
    """Forget one's own view, or a shared one; nothing happens when there is none."""
    seen = SavedView.objects.filter(Q(owner_id=owner_id) | Q(is_shared=True), collection_id=collection.id)
    with unit_of_work():
        seen.filter(pk=view_id).delete()


def _place_of(collection: Collection, view: SavedView) -> Place:
    said: Mapping[str, str] = {"filter": view.filter, "sort": view.sort, "columns": view.columns}
    return Place.read(collection, said)


def _said(place: Place) -> tuple[str, str, tuple[str, ...]]:
    return place.filter, place.sort, place.columns
