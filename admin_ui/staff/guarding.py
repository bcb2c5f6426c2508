"""Which right a view of the dashboard asks of staff; superusers may open all of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from admin_ui.models import StaffMember
from admin_ui.staff.members import member_of
from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.exposing.exposures import accepts_writes
from collections_app.request_info import Action
from platform_app.requests.answers import error_response
from platform_app.wire.errors import Forbidden

# "anybody" is all who have signed in, "model" goes by Django's permissions of the model, an action by the
# collection in the address.
Right = Literal["superuser", "anybody", "model"] | Action

# Of Django's site: what is everybody's own, or shows only what its models' permissions let somebody see.
_ANYBODYS = frozenset(
    {
        "password_change",
        "password_change_done",
        "logout",
        "i18n_javascript",
        "autocomplete_view",
        "app_index",
        "catch_all_view",
    }
)


def usual_right(view: Callable[..., Any], site: AdminSite) -> Right:
    """For a view that comes without one: models' pages go by permissions, others are superusers'."""
    owner = getattr(view, "__self__", None)
    if isinstance(owner, ModelAdmin):
        return "model"
    return "anybody" if owner is site and getattr(view, "__name__", "") in _ANYBODYS else "superuser"


def guarded(view: Callable[..., Any], right: Right) -> Callable[..., Any]:
    """`view`, with an answer of 403 for staff without the right."""
    owner = getattr(view, "__self__", None)

    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        member = member_of(request)
        if member is not None and not _has(member, right, request, owner, kwargs.get("collection", "")):
            return error_response(Forbidden("You may not open this page. Superusers can give you the right."))
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer

    guard.right = right  # type: ignore[attr-defined]  # read by `may_open`
    return guard


def may_open(request: HttpRequest, address: str) -> bool:
    """Whether who has signed in may open a page, so that nobody is led to one that refuses."""
    member = member_of(request)
    if member is None:
        return True
    try:
        found = resolve(address.partition("?")[0])
    except Resolver404:
        return False
    right: Right = getattr(found.func, "right", "superuser")
    return _has(member, right, request, None, found.kwargs.get("collection", ""))


def _has(member: StaffMember, right: Right, request: HttpRequest, owner: object, name: str) -> bool:
    if right == "superuser" or right == "anybody":
        return right == "anybody"
    if right == "model":
        return isinstance(owner, ModelAdmin) and any(owner.get_model_perms(request).values())
    collection = find_collection(name)
    return collection is not None and member.rights.allow(right, collection)


def may(request: HttpRequest, action: Action, collection: Collection, record_id: str = "") -> bool:
    """Whether who has signed in may do this with the collection's records, or with one of them."""
    member = member_of(request)
    if member is not None:
        return member.rights.allow(action, collection, record_id)
    return action == "view" or accepts_writes(collection)
