"""What the tabs of a collection's editor share: the page around them, and the way from a form to the stored
definition, which leads over the review when something would be lost.

A tab is a view at an address of its own with one form. It reads its form into the members of a PATCH and
calls `saved_or_reviewed`; for an ApiError it shows the form again, with `error.data` at the inputs. A form
that came back from the review (`wants_form`) is shown as it was sent, and nothing is saved.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from admin_ui.collection.review import changes_of
from admin_ui.collection.saving import Json, proposed, save
from admin_ui.shell import collection_icon
from collections_app.collection import Collection
from collections_app.definitions.definition_json import definition_as_json
from platform_app.wire.json_encoding import encode

Effects = Callable[[], dict[str, Any]]

# The button of a form that was pressed; without it the form is to be saved.
DEED = "do"
_BACK_TO_FORM = "edit"
_REVIEWED = "reviewed"
_NOT_SENT_ON = frozenset({"csrfmiddlewaretoken", DEED, _REVIEWED})
# By their first letters, which members of a definition are edited where; all others are options.
_FIELDS_TAB = ("name", "fields", "indexes", "type", "system", "id")


@dataclass(frozen=True)
class Tab:
    label: str
    address: str
    is_current: bool
    has_error: bool
    count: int | None = None


def tabs_of(collection: Collection, current: str, error_tabs: Iterable[str] = ()) -> list[Tab]:
    """Those that the collection's type has; `current` is one of those that `tab_of` gives.

    A tab whose view is not there is left out.
    """
    known = [("fields", gettext("Fields"), "edit_collection")]
    if collection.is_view:
        known.append(("query", gettext("Query"), "edit_collection_query"))
    known.append(("rules", gettext("API rules"), "edit_collection_rules"))
    if collection.is_auth:
        known.append(("auth", gettext("Sign-in"), "edit_collection_auth"))
        known.append(("mails", gettext("Mails and tokens"), "edit_collection_mails"))
    tabs = []
    for key, label, view in known:
        try:
            address = reverse(f"admin:{view}", args=[collection.name])
        except NoReverseMatch:
            continue
        count = len(collection.fields) if key == "fields" else None
        tabs.append(Tab(label, address, key == current, key in set(error_tabs), count))
    return tabs


def tab_of(member: str) -> str:
    """Where a member of a definition is edited.

    >>> tab_of("fields"), tab_of("listRule"), tab_of("viewQuery"), tab_of("oauth2"), tab_of("fileToken")
    ('fields', 'rules', 'query', 'auth', 'mails')
    """
    if member in _FIELDS_TAB:
        return "fields"
    if member.endswith("Rule"):
        return "rules"
    if member.endswith(("Template", "Token")):
        return "mails"
    return "query" if member == "viewQuery" else "auth"


def frame_context(
    request: HttpRequest, collection: Collection, tab: str, *, errors: Iterable[str] = (), **more: Any
) -> dict[str, Any]:
    """What `admin_ui/collection/frame.html` shows; `errors` are the members that have one."""
    return {
        **admin.site.each_context(request),
        "title": collection.name,
        "collection": collection,
        "collection_icon": collection_icon(collection),
        "tabs": tabs_of(collection, tab, {tab_of(member) for member in errors}),
        **more,
    }


def wants_form(request: HttpRequest) -> bool:
    """Whether the review was left for the form, which is to be shown as it was sent."""
    return request.POST.get(DEED) == _BACK_TO_FORM


def saved_or_reviewed(
    request: HttpRequest, collection: Collection, changes: Json, view: str, *, effects: Effects | None = None
) -> HttpResponse:
    """Save the members in `changes` and lead back to the tab (`view` is its URL's name), or first ask.

    `effects`, asked for when the review is shown, are what changed rules change, by their names.

    Raises ApiError for what is refused, before anything is asked.
    """
    new = proposed(collection, changes)
    told = changes_of(collection, new)
    seen = _digest(collection, new)
    if any(change.asks for change in told) and request.POST.get(_REVIEWED) != seen:
        context = frame_context(
            request,
            collection,
            "",
            changes=told,
            losses=sum(change.loses for change in told),
            seen=seen,
            effects=effects() if effects else {},
            sent=[(name, text) for name, texts in _sent(request) for text in texts],
        )
        return render(request, "admin_ui/collection/review.html", context)
    saved = save(request, collection, changes)
    messages.success(request, gettext("Saved."))
    return HttpResponseRedirect(reverse(f"admin:{view}", args=[saved.name]))


def _sent(request: HttpRequest) -> list[tuple[str, list[Any]]]:
    return [(name, texts) for name, texts in request.POST.lists() if name not in _NOT_SENT_ON]


def _digest(collection: Collection, new: Collection) -> str:
    """Of what was reviewed: when either side is another one by then, it is shown again."""
    members = {**definition_as_json(new), "updated": collection.updated}
    return hashlib.sha256(encode(members)).hexdigest()
