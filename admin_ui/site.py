"""The dashboard's site: Django's, with our doors, our pages and our shell around all of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse

from admin_ui.pages.collections import collection_overview
from admin_ui.pages.forgotten_password import ForgottenPassword
from admin_ui.pages.history import all_history, collection_history, record_history, restore, set_keeping
from admin_ui.pages.home import home, home_figures
from admin_ui.pages.jump import jump
from admin_ui.pages.preferences import set_columns, set_pin, set_theme
from admin_ui.pages.record import RecordPage, delete_page, new_record_page
from admin_ui.pages.record_choices import record_choices
from admin_ui.pages.records import delete_selected, record_count, records_page
from admin_ui.pages.staff import group_page, member_page, new_member_page, staff_page
from admin_ui.passwords import ChangePassword
from admin_ui.shell import shell_of
from admin_ui.sign_in import SignIn
from admin_ui.staff.guarding import Right, guarded, usual_right


class DashboardSite(AdminSite):
    """`admin.site` (see `admin_ui.apps`)."""

    enable_nav_sidebar = False  # ours has the collections

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Ours go first; no app of Django's admin is called `collections`, `jump` or the like.

        They are for superusers, unless they say which right lets staff in.
        """
        view = self.admin_view
        seeing = partial(view, right="view")
        records = "collections/<str:collection>/"
        record = f"{records}records/<str:record_id>/"
        return [
            path("forgotten-password/", ForgottenPassword.as_view(), name="forgotten_password"),
            path("theme-choice/", set_theme, name="set_theme"),
            path("", view(home, right="anybody"), name="index"),
            path("home-figures/", view(home_figures), name="home_figures"),
            path("jump/", view(jump, right="anybody"), name="jump"),
            path("collections/", view(collection_overview, right="anybody"), name="collections"),
            path(records, seeing(records_page), name="records"),
            path(f"{records}count/", seeing(record_count), name="record_count"),
            path(f"{records}choices/", seeing(record_choices), name="record_choices"),
            path(f"{records}columns/", seeing(set_columns), name="set_columns"),
            path(f"{records}pin/", seeing(set_pin), name="set_pin"),
            path(f"{records}delete/", view(delete_selected, right="delete"), name="delete_records"),
            path(f"{records}new/", view(new_record_page, right="add"), name="new_record"),
            path(record, seeing(RecordPage.as_view()), name="record"),
            path(f"{record}delete/", view(delete_page, right="delete"), name="delete_record"),
            path("staff-accounts/", view(staff_page), name="staff"),
            path("staff-accounts/members/new/", view(new_member_page), name="new_member"),
            path("staff-accounts/members/<str:member_id>/", view(member_page), name="member"),
            path("staff-accounts/groups/new/", view(group_page), name="new_group"),
            path("staff-accounts/groups/<int:group_id>/", view(group_page), name="group"),
            path("change-history/", view(all_history), name="history"),
            path(f"{records}history/", seeing(collection_history), name="collection_history"),
            path(f"{records}history/keeping/", view(set_keeping), name="set_keeping"),
            path(f"{records}history/<int:change_id>/restore/", view(restore, right="add"), name="restore"),
            path(f"{record}history/", seeing(record_history), name="record_history"),
            *super().get_urls(),
        ]

    def admin_view(  # type: ignore[override]  # a view it is, with a right
        self, view: Callable[..., Any], cacheable: bool = False, *, right: Right | None = None
    ) -> Callable[..., HttpResponse]:
        """`view` for who has signed in and has the right: what is usual for the view, unless it is given."""
        return super().admin_view(guarded(view, right or usual_right(view, self)), cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if context["has_permission"]:
            context["shell"] = shell_of(request)
        return context

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        context = {
            **self.each_context(request),
            "title": "Sign in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        return self._answer(SignIn.as_view(extra_context=context), request)

    def password_change(  # type: ignore[override]  # a form that is done answers with a redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        view = ChangePassword.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return self._answer(view, request)

    def _answer(self, view: Any, request: HttpRequest) -> HttpResponse:
        request.current_app = self.name  # what templates resolve URLs for
        response: HttpResponse = view(request)
        return response
