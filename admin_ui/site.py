"""The dashboard's site: Django's, with our doors, our pages and our shell around all of them."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse

from admin_ui.pages.collections import collection_overview
from admin_ui.pages.forgotten_password import ForgottenPassword
from admin_ui.pages.home import home, home_figures
from admin_ui.pages.jump import jump
from admin_ui.pages.lists.editing import edit_rows, edit_selected
from admin_ui.pages.lists.exports import export_records
from admin_ui.pages.lists.filtering import filter_by_fields
from admin_ui.pages.lists.imports import drop_import, import_page, new_import
from admin_ui.pages.lists.live_rows import live_rows
from admin_ui.pages.lists.views import delete_saved_view, saved_views
from admin_ui.pages.preferences import set_columns, set_pin, set_theme
from admin_ui.pages.record import RecordPage, delete_page, new_record_page
from admin_ui.pages.record_choices import record_choices
from admin_ui.pages.records import delete_selected, record_count, records_page
from admin_ui.passwords import ChangePassword
from admin_ui.shell import shell_of
from admin_ui.sign_in import SignIn


class DashboardSite(AdminSite):
    """`admin.site` (see `admin_ui.apps`)."""

    enable_nav_sidebar = False  # ours has the collections

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Ours go first; no app of Django's admin is called `collections`, `jump` or the like."""
        view = self.admin_view
        records = "collections/<str:collection>/"
        record = f"{records}records/<str:record_id>/"
        return [
            path("forgotten-password/", ForgottenPassword.as_view(), name="forgotten_password"),
            path("theme-choice/", set_theme, name="set_theme"),
            path("", view(home), name="index"),
            path("home-figures/", view(home_figures), name="home_figures"),
            path("jump/", view(jump), name="jump"),
            path("collections/", view(collection_overview), name="collections"),
            path(records, view(records_page), name="records"),
            path(f"{records}count/", view(record_count), name="record_count"),
            path(f"{records}choices/", view(record_choices), name="record_choices"),
            path(f"{records}columns/", view(set_columns), name="set_columns"),
            path(f"{records}pin/", view(set_pin), name="set_pin"),
            path(f"{records}delete/", view(delete_selected), name="delete_records"),
            path(f"{records}rows/", view(live_rows), name="live_rows"),
            path(f"{records}edit/", view(edit_selected), name="edit_records"),
            path(f"{records}edit-rows/", view(edit_rows), name="edit_rows"),
            path(f"{records}export/", view(export_records), name="export_records"),
            path(f"{records}filter/", view(filter_by_fields), name="filter_by_fields"),
            path(f"{records}views/", view(saved_views), name="saved_views"),
            path(f"{records}views/<str:view_id>/delete/", view(delete_saved_view), name="delete_view"),
            path(f"{records}import/", view(new_import), name="new_import"),
            path(f"{records}import/<str:import_id>/", view(import_page), name="import"),
            path(f"{records}import/<str:import_id>/drop/", view(drop_import), name="drop_import"),
            path(f"{records}new/", view(new_record_page), name="new_record"),
            path(record, view(RecordPage.as_view()), name="record"),
            path(f"{record}delete/", view(delete_page), name="delete_record"),
            *super().get_urls(),
        ]

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
