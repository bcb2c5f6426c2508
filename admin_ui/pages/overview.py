"""All collections at once: their relations as a diagram, and their rules in one table."""

from dataclasses import dataclass
from typing import Literal

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from admin_ui.answering import answering
from admin_ui.diagram import diagram_of
from admin_ui.shell import collection_icon
from collections_app.catalog import catalog
from collections_app.collection import Collection


@dataclass(frozen=True)
class Rule:
    """`text` is None where only superusers may; `is_asked` is False where there is nothing to ask."""

    kind: str
    text: str | None
    is_asked: bool = True


@dataclass(frozen=True)
class Rules:
    collection: Collection
    icon: str
    rules: tuple[Rule, ...]


@require_safe
@answering
def relations_page(request: HttpRequest) -> HttpResponse:
    """The diagram; those of the system with `?system=1`."""
    chosen = _chosen(request)
    context = {
        **_context(request),
        "title": _("Relations"),
        "diagram": diagram_of(chosen),
        "chosen_count": len(chosen),
        "all_count": len(catalog().collections),
        "sprite": static("admin_ui/vendor/icons.svg"),
    }
    return render(request, "admin_ui/overview/relations.html", context)


@require_safe
@answering
def all_rules_page(request: HttpRequest) -> HttpResponse:
    chosen = _chosen(request)
    kinds = [_("List"), _("View"), _("Create"), _("Update"), _("Delete"), _("Sign in"), _("Manage"), "MFA"]
    context = {
        **_context(request),
        "title": _("All rules"),
        "kinds": kinds,
        "collections": [Rules(one, collection_icon(one), _rules_of(one, kinds)) for one in chosen],
    }
    return render(request, "admin_ui/overview/rules.html", context)


def _context(request: HttpRequest) -> dict[str, object]:
    return {**admin.site.each_context(request), "has_system": "system" in request.GET}


def _chosen(request: HttpRequest) -> list[Collection]:
    with_system = "system" in request.GET
    return [one for one in catalog().collections if with_system or not one.system]


def _rules_of(collection: Collection, kinds: list[str]) -> tuple[Rule, ...]:
    """One for each kind."""
    texts: list[str | None | Literal[False]] = [collection.list_rule, collection.view_rule]
    if not collection.is_view:
        texts += [collection.create_rule, collection.update_rule, collection.delete_rule]
    if collection.is_auth:
        auth = collection.auth
        texts += [auth.auth_rule, auth.manage_rule, auth.mfa.rule if auth.mfa.enabled else False]
    texts += [False] * (len(kinds) - len(texts))
    return tuple(
        Rule(kind, "", is_asked=False) if text is False else Rule(kind, text)
        for kind, text in zip(kinds, texts, strict=True)
    )
