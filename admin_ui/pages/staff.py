"""Staff and groups: who may sign in beside the superusers, and what each group may do with records."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from admin_ui.answering import answering
from admin_ui.models import CollectionRight, StaffMember
from admin_ui.shell import collection_icon
from admin_ui.staff.rights import can_be_granted
from auth_app.accounts import find_by_email
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.exposing.exposures import accepts_writes
from collections_app.records.querying.finding import find_record
from collections_app.system_names import SUPERUSERS
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import NotFound

MOST_SHOWN = 500
_READS_AND_WRITES = ["GET", "HEAD", "POST"]
_WRITES = ("add", "change", "delete")


@dataclass(frozen=True)
class Row:
    """A collection in the table of a group: what the group may do there, and what anybody could."""

    collection: Collection
    icon: str
    is_writable: bool
    actions: frozenset[str]


@dataclass(frozen=True)
class ModelRow:
    """A model of the dashboard: its name, and each permission with whether the group has it."""

    name: str
    permissions: tuple[tuple[Permission, bool], ...]


class MemberForm(forms.Form):
    """Somebody of an auth collection, found by the address. `record` is found by a valid one."""

    collection = forms.ChoiceField(label=gettext_lazy("Collection"))
    email = forms.CharField(label=gettext_lazy("Email or id"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collection"].choices = [(one.id, one.name) for one in _doors()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        collection = next(one for one in _doors() if one.id == data["collection"])
        said = data["email"].strip()
        self.record = find_by_email(collection, said) or find_record(collection, said)
        if self.record is None:
            told = gettext("%(collection)s has no such record. Make one there first.")
            self.add_error("email", told % {"collection": collection.name})
        elif StaffMember.objects.filter(pk=self.record.id).exists():
            self.add_error("email", gettext("This record is staff already."))
        return data


@require_safe
@answering
def staff_page(request: HttpRequest) -> HttpResponse:
    """All members and groups, and what makes accounts of staff unsafe."""
    members = list(StaffMember.objects.prefetch_related("groups").order_by("added")[:MOST_SHOWN])
    groups = Group.objects.annotate(
        members=Count("staff", distinct=True), rights=Count("collection_rights", distinct=True)
    ).order_by("name")[:MOST_SHOWN]
    managed = sorted(
        {one.collection.name for one in members if one.collection and one.collection.auth.manage_rule}
    )
    return _page(
        request, "list", gettext("Staff and groups"), members=members, groups=groups, managed=managed
    )


@require_http_methods(_READS_AND_WRITES)
@answering
def new_member_page(request: HttpRequest) -> HttpResponse:
    form = MemberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and form.record is not None:
        with unit_of_work():
            member = StaffMember.objects.create(
                id=form.record.id, collection_id=form.record.collection.id, is_active=True
            )
            member.groups.set(_chosen_groups(request))
        messages.success(request, gettext("%(who)s may sign in here now.") % {"who": member})
        return HttpResponseRedirect(reverse("admin:staff"))
    return _page(
        request,
        "member",
        gettext("New member"),
        form=form,
        groups=_groups(request.POST.getlist("groups")),
    )


@require_http_methods(_READS_AND_WRITES)
@answering
def member_page(request: HttpRequest, member_id: str) -> HttpResponse:
    """In which groups somebody is; and whether at all, which counts at once."""
    member = StaffMember.objects.filter(pk=member_id).first()
    if member is None:
        raise NotFound
    if request.method == "POST":
        if "remove" in request.POST:
            if "confirmed" not in request.POST:
                return _ask(
                    request,
                    str(member),
                    gettext("The sessions end, and the groups forget this member. The record itself stays."),
                    gettext("Remove from staff"),
                )
            messages.success(request, gettext("%(who)s is no staff any more.") % {"who": member})
            member.delete()
        else:
            with unit_of_work():
                member.is_active = "is_active" in request.POST
                member.save(update_fields=["is_active"])
                member.groups.set(_chosen_groups(request))
            messages.success(request, gettext("Saved."))
        return HttpResponseRedirect(reverse("admin:staff"))
    chosen = [str(pk) for pk in member.groups.values_list("pk", flat=True)]
    return _page(request, "member", str(member), member=member, groups=_groups(chosen))


@require_http_methods(_READS_AND_WRITES)
@answering
def group_page(request: HttpRequest, group_id: int | None = None) -> HttpResponse:
    """A group, or a new one: its name, and for each collection and model what it may do there."""
    group = Group.objects.filter(pk=group_id).first() if group_id is not None else Group()
    if group is None:
        raise NotFound
    problem = ""
    if request.method == "POST":
        if "remove" in request.POST and group.pk:
            if "confirmed" not in request.POST:
                return _ask(
                    request,
                    group.name,
                    gettext("Its members lose what it lets them do, at once."),
                    gettext("Delete the group"),
                )
            group.delete()
            messages.success(request, gettext("The group %(name)s is gone.") % {"name": group.name})
            return HttpResponseRedirect(reverse("admin:staff"))
        group.name = request.POST.get("name", "").strip()[:150]
        problem = _problem_of(group)
        if not problem:
            with unit_of_work():
                group.save()
                _set_rights(group, request)
            messages.success(request, gettext("Saved."))
            return HttpResponseRedirect(reverse("admin:staff"))
    title = group.name if group.pk else gettext("New group")
    return _page(
        request,
        "group",
        title,
        group=group,
        problem=problem,
        rows=_rows(group, request),
        models=_models(group, request),
    )


def _ask(request: HttpRequest, title: str, question: str, deed: str) -> HttpResponse:
    """The page before something that cannot be undone; its form comes back with `confirmed`."""
    return _page(request, "confirm", title, question=question, deed=deed)


def _page(request: HttpRequest, name: str, title: str, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, **more}
    return render(request, f"admin_ui/staff/{name}.html", context)


def _doors() -> list[Collection]:
    return [one for one in catalog().auth_collections if one.name != SUPERUSERS]


def _groups(chosen: list[str]) -> list[tuple[Group, bool]]:
    groups = Group.objects.order_by("name")[:MOST_SHOWN]
    return [(group, str(group.pk) in chosen) for group in groups]


def _chosen_groups(request: HttpRequest) -> list[Group]:
    ids = [int(pk) for pk in request.POST.getlist("groups") if pk.isdecimal()]
    return list(Group.objects.filter(pk__in=ids))


def _problem_of(group: Group) -> str:
    if not group.name:
        return gettext("A group needs a name.")
    if Group.objects.filter(name=group.name).exclude(pk=group.pk).exists():
        return gettext("There is a group of this name already.")
    return ""


# --- the table of rights --------------------------------------------------------------------------------


def _grantable() -> list[Collection]:
    found = [one for one in catalog().collections if can_be_granted(one)]
    return sorted(found, key=lambda one: one.name.lower())


def _rows(group: Group, request: HttpRequest) -> list[Row]:
    """As they were sent, where something was wrong with the rest."""
    if request.method == "POST":
        said = set(request.POST.getlist("rights"))
        granted = {
            one.id: frozenset(action for action in ("view", *_WRITES) if f"{one.id}:{action}" in said)
            for one in _grantable()
        }
    else:
        rights = CollectionRight.objects.filter(group=group) if group.pk else ()
        granted = {right.collection_id: frozenset[str](right.actions) for right in rights}
    return [
        Row(one, collection_icon(one), accepts_writes(one), granted.get(one.id, frozenset()))
        for one in _grantable()
    ]


def _set_rights(group: Group, request: HttpRequest) -> None:
    """Just these rights: whoever may write may also see."""
    said = set(request.POST.getlist("rights"))
    CollectionRight.objects.filter(group=group).delete()
    made = []
    for collection in _grantable():
        writes = {
            action: accepts_writes(collection) and f"{collection.id}:{action}" in said for action in _WRITES
        }
        if any(writes.values()) or f"{collection.id}:view" in said:
            made.append(
                CollectionRight(
                    group=group,
                    collection_id=collection.id,
                    may_add=writes["add"],
                    may_change=writes["change"],
                    may_delete=writes["delete"],
                )
            )
    CollectionRight.objects.bulk_create(made)
    allowed = [permission.pk for row in _models(group, request) for permission, _ in row.permissions]
    chosen = {int(pk) for pk in request.POST.getlist("permissions") if pk.isdecimal()}
    group.permissions.set([pk for pk in allowed if pk in chosen])


def _models(group: Group, request: HttpRequest) -> list[ModelRow]:
    """The models that apps have put into the dashboard, with Django's permissions."""
    if request.method == "POST":
        chosen = {int(pk) for pk in request.POST.getlist("permissions") if pk.isdecimal()}
    else:
        chosen = set(group.permissions.values_list("pk", flat=True)) if group.pk else set()
    models = {ContentType.objects.get_for_model(model): model for model in admin.site._registry}
    found: dict[ContentType, list[Permission]] = {kind: [] for kind in models}
    for permission in Permission.objects.filter(content_type__in=models).order_by("pk"):
        found[permission.content_type].append(permission)
    return [
        ModelRow(
            capfirst(str(models[kind]._meta.verbose_name_plural)),
            tuple((permission, permission.pk in chosen) for permission in permissions),
        )
        for kind, permissions in found.items()
    ]
