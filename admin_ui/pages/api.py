"""The API of a collection, endpoint by endpoint, with code to copy; and the OpenAPI document of all."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from admin_ui.answering import answering
from admin_ui.api_preview.endpoint import Answer, Endpoint
from admin_ui.api_preview.endpoints import endpoints_of
from admin_ui.api_preview.highlighting import highlighted
from admin_ui.api_preview.openapi import document_of
from admin_ui.api_preview.samples import LABELS, LANGUAGES, Language, sample
from admin_ui.preferences import keep
from admin_ui.shell import collection_icon
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.views.guards import require_collection
from platform_app.wire.errors import NotFound

_COOKIE = "samples"
# What the language of filters, relations and fields is told on: pages of text.
_GUIDES = ("filters", "expand", "fields")


@require_safe
@answering
def api_page(request: HttpRequest, collection: str, slug: str = "list") -> HttpResponse:
    """One endpoint, or guide. Raises NotFound."""
    found = require_collection(collection)
    endpoints = endpoints_of(found)
    language = _language(request)
    context = {
        **admin.site.each_context(request),
        "title": _("API of %s") % found.name,
        "collection": found,
        "collection_icon": collection_icon(found),
        "groups": _groups(endpoints),
        "slug": slug,
        "guides": _guide_titles(),
    }
    if slug in _GUIDES:
        context |= {"guide": f"admin_ui/api/{slug}.html", "guide_title": context["guides"][slug]}
    else:
        endpoint = next((one for one in endpoints if one.slug == slug), None)
        if endpoint is None:
            raise NotFound
        context |= _shown(request, found, endpoint, language)
    response = render(request, "admin_ui/api/page.html", context)
    if request.GET.get("language") == language:
        keep(response, _COOKIE, language)
    return response


@require_safe
@answering
def openapi_document(request: HttpRequest) -> HttpResponse:
    """Of all collections but the system's, or of the one that `?collection=` names."""
    name = request.GET.get("collection")
    chosen = [require_collection(name)] if name else [one for one in catalog().collections if not one.system]
    document = document_of(chosen, _base(request))
    return HttpResponse(
        json.dumps(document, ensure_ascii=False, indent=2),
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="openapi.json"'},
    )


def _shown(
    request: HttpRequest, collection: Collection, endpoint: Endpoint, language: Language
) -> dict[str, Any]:
    answer = _answer(request, endpoint)
    body = "" if answer.body is None else json.dumps(answer.body, ensure_ascii=False, indent=2)
    code = sample(endpoint, collection, language, _base(request))
    return {
        "endpoint": endpoint,
        "language": language,
        "languages": LABELS.items(),
        "code": code,
        "code_shown": highlighted(code),
        "answer": answer,
        "body_shown": highlighted(body, is_json=True),
        "parameters": (
            (_("Path"), endpoint.path_parameters),
            (_("Query"), endpoint.query),
            (_("Body"), endpoint.body),
        ),
    }


def _answer(request: HttpRequest, endpoint: Endpoint) -> Answer:
    """The one whose status the address names, or the first."""
    said = request.GET.get("status", "")
    return next((one for one in endpoint.answers if str(one.status) == said), endpoint.answers[0])


def _language(request: HttpRequest) -> Language:
    said = request.GET.get("language") or request.COOKIES.get(_COOKIE)
    return next((one for one in LANGUAGES if one == said), LANGUAGES[0])


def _groups(endpoints: list[Endpoint]) -> dict[str, list[Endpoint]]:
    groups: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        groups.setdefault(endpoint.group, []).append(endpoint)
    return groups


def _guide_titles() -> dict[str, str]:
    return {"filters": _("Filters"), "expand": _("Expand"), "fields": _("Fields")}


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
