"""A screen of the settings: its form, saved through the service of `PATCH /api/settings`."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.pages.settings.navigation import settings_context
from admin_ui.sentences import sentences_by_path
from admin_ui.settings.forms import Submitted, inputs_of, read_section
from admin_ui.settings.sections import SECTIONS, Section, value_at
from platform_app.requests.client_ip import is_listed, real_ip
from platform_app.runtime_settings.current import stored_settings
from platform_app.runtime_settings.shape import TrustedProxySettings
from platform_app.wire.errors import ApiError, NotFound
from system_app.settings.changing import read_settings, update_settings
from system_app.settings.members import SECRETS, merged_json

# What a button sends that changes the form, and saves nothing.
DO = "do"
_ACCENTS = (
    ("#1055c9", gettext_lazy("Blue")),
    ("#0f766e", gettext_lazy("Teal")),
    ("#3f7d20", gettext_lazy("Green")),
    ("#b45309", gettext_lazy("Amber")),
    ("#c2410c", gettext_lazy("Orange")),
    ("#be123c", gettext_lazy("Red")),
    ("#a21caf", gettext_lazy("Magenta")),
    ("#6d28d9", gettext_lazy("Violet")),
    ("#334155", gettext_lazy("Slate")),
)
_SECRET_PATHS = tuple(".".join(path) for path in SECRETS)


@dataclass(frozen=True)
class Shown:
    """The settings as the API has them, what somebody filled in, and what is wrong about that, by path."""

    settings: Mapping[str, Any]
    submitted: Submitted | None
    errors: Mapping[str, str]


@method_decorator(answering, name="dispatch")
class SectionPage(View):
    """The screen of a section. Those that have more than inputs are subclasses."""

    http_method_names = ["get", "head", "post"]
    name = ""
    template = "admin_ui/settings/section.html"

    @property
    def section(self) -> Section:
        return SECTIONS[self.name]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        submitted = read_section(self.section, request.POST)
        self.read_more(request, submitted)
        if DO in request.POST:
            self.do(request, submitted)
            return self.show(request, submitted)
        if submitted.errors:
            return self.show(request, submitted, submitted.errors)
        # Another process may have saved a moment ago, so the row counts and not this process's copy.
        old = dict(stored_settings().data)
        new = merged_json(deepcopy(old), submitted.changes)
        if locks_out(request, new) and "may_lock_out" not in request.POST:
            return self.show(request, submitted, locks_out=True)
        info = acting_info(request, method="PATCH", body=submitted.changes)
        try:
            update_settings(info, old, new)
        except ApiError as error:
            return self.show(request, submitted, sentences_by_path(error.data), error.message)
        messages.success(request, _("Saved."), extra_tags="tells-tabs")
        return HttpResponseRedirect(request.path)

    def read_more(self, request: HttpRequest, submitted: Submitted) -> None:
        """Read what this screen has beside the inputs of its section."""

    def do(self, request: HttpRequest, submitted: Submitted) -> None:
        """Change the form as the pressed button says."""

    def more_context(self, request: HttpRequest, shown: Shown) -> dict[str, Any]:
        """What the templates of this screen's parts show beside its inputs."""
        return {}

    def show(
        self,
        request: HttpRequest,
        submitted: Submitted | None = None,
        errors: Mapping[str, str] | None = None,
        problem: str = "",
        *,
        locks_out: bool = False,
        **more: Any,
    ) -> HttpResponse:
        """The screen, with what somebody filled in and what is wrong about it."""
        settings = read_settings(acting_info(request))
        if not isinstance(settings, Mapping):  # a hook kept them
            raise NotFound
        stored = stored_settings().data
        errors = errors or {}
        section = self.section
        elsewhere = {path: text for path, text in errors.items() if not section.has(path)}
        wrong = {one.entry for one in SECTIONS.values() if any(one.has(path) for path in errors)}
        inputs = inputs_of(
            section,
            settings,
            stored_secrets=[path for path in _SECRET_PATHS if value_at(stored, path)],
            submitted=submitted,
            errors=errors,
        )
        context = {
            **settings_context(request, section.entry, marked=wrong),
            "section": section,
            "parts": [
                (
                    part,
                    [inputs[member.path] for member in part.members],
                    [inputs[member.path] for member in part.more],
                )
                for part in section.parts
            ],
            "inputs": inputs,
            "problem": _("Nothing was saved: look at what is marked.") if errors else problem,
            "errors_elsewhere": elsewhere,
            "locks_out": locks_out,
            "is_changed": submitted is not None,
            "own_ip": real_ip(request),
            **self.more_context(request, Shown(settings, submitted, errors)),
            **more,
        }
        return render(request, self.template, context)


def locks_out(request: HttpRequest, settings: Mapping[str, Any]) -> bool:
    """Whether who sends this request could not act as a superuser any more with these settings."""
    proxy = settings["trustedProxy"]
    ip = real_ip(request, TrustedProxySettings(tuple(proxy["headers"]), proxy["useLeftmostIP"]))
    allowed = tuple(settings["superuserIPs"])
    return bool(allowed) and not is_listed(ip, allowed)


class ApplicationPage(SectionPage):
    name = "application"

    def more_context(self, request: HttpRequest, shown: Shown) -> dict[str, Any]:
        return {"accents": _ACCENTS}


class BatchPage(SectionPage):
    name = "batch"


class LogsPage(SectionPage):
    name = "logs"
