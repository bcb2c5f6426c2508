"""Pictures that records have, to be put into a text: those of one file field at a time, by their thumbs."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from admin_ui.answering import answering
from admin_ui.records.cells import as_list, file_address, is_picture
from admin_ui.records.labels import label_of
from admin_ui.records.listing import PER_PAGE, Place, find_items
from admin_ui.records.searching import filter_for
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.fields.file_field import FileField
from platform_app.wire.errors import BadRequest

# So many fields are looked at for some that has pictures, while nobody has chosen one.
_MOST_TRIED = 10


@dataclass(frozen=True)
class Source:
    """A file field whose files everybody may see: `key` is "COLLECTION.FIELD"."""

    key: str
    collection: Collection
    field: FileField


@dataclass(frozen=True)
class Picture:
    address: str
    thumb: str
    label: str


@require_safe
@answering
def pictures(request: HttpRequest) -> HttpResponse:
    """A page of them of the field that `of` names, or of the first one that has files."""
    sources = _sources()
    asked = request.GET.get("of", "")
    source = next((one for one in sources if one.key == asked), sources[0] if sources else None)
    context: dict[str, object] = {"sources": sources, "source": source, "q": request.GET.get("q", "")}
    if source is not None:
        context |= _page(request, source)
    if not asked:
        for other in sources[1:_MOST_TRIED]:
            if context.get("pictures"):
                break
            context |= {"source": other, **_page(request, other)}
    return render(request, "admin_ui/records/pictures.html", context)


def _page(request: HttpRequest, source: Source) -> dict[str, object]:
    said = filter_for(source.collection, request.GET.get("q", ""))
    has_files = f"{source.field.name}:length > 0"
    place = Place.read(
        source.collection,
        {"filter": f"({said}) && {has_files}" if said else has_files, "page": request.GET.get("page", "")},
    )
    try:
        items = find_items(request, place, ())
    except BadRequest:
        return {"problem": _("The filter cannot be used.")}
    found = []
    for item in items:
        for name in as_list(item.get(source.field.name)):
            if is_picture(name):
                address = file_address(source.collection, item["id"], name)
                thumb = file_address(source.collection, item["id"], name, thumb="100x100")
                found.append(Picture(address, thumb, f"{label_of(source.collection, item)}: {name}"))
    return {"pictures": found, "next": place.page + 1 if len(items) == PER_PAGE else 0}


def _sources() -> list[Source]:
    """Protected files are left out: a text cannot carry the token that they ask for."""
    return [
        Source(f"{collection.name}.{field.name}", collection, field)
        for collection in catalog().collections
        for field in collection.fields
        if isinstance(field, FileField) and not field.protected and not collection.system
    ]
