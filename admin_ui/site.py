"""The dashboard's site: Django's, with our doors, our pages and our shell around all of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _

from admin_ui.pages.accounts import (
    impersonate_page,
    mail_page,
    providers_page,
    reset_tokens_page,
    unlink_page,
)
from admin_ui.pages.api import api_page, openapi_document
from admin_ui.pages.collection_auth import (
    mail_preview,
    mails_tab,
    provider_list,
    provider_page,
    remove_provider,
    send_trial,
    sign_in_tab,
)
from admin_ui.pages.collection_deeds import collection_json, delete_collection_page, truncate_page
from admin_ui.pages.collection_editor import collection_editor, new_collection_page, new_field_row
from admin_ui.pages.collection_query import query_page, view_sample
from admin_ui.pages.collection_rules import judge_rules, rules_page, try_rule_part
from admin_ui.pages.collections import collection_overview
from admin_ui.pages.completing import complete_rule, complete_sql
from admin_ui.pages.forgotten_password import ForgottenPassword
from admin_ui.pages.history import all_history, collection_history, record_history, restore, set_keeping
from admin_ui.pages.home import home, home_figures
from admin_ui.pages.jump import jump
from admin_ui.pages.lists.editing import edit_rows, edit_selected
from admin_ui.pages.lists.exports import export_records
from admin_ui.pages.lists.filtering import filter_by_fields
from admin_ui.pages.lists.imports import drop_import, import_page, new_import
from admin_ui.pages.lists.live_rows import live_rows
from admin_ui.pages.lists.views import delete_saved_view, saved_views
from admin_ui.pages.logs import (
    endpoints_page,
    log_json,
    log_names,
    log_page,
    logs_chart,
    logs_json,
    logs_page,
    purge_page,
)
from admin_ui.pages.operating_urls import operating_urls
from admin_ui.pages.overview import all_rules_page, relations_page
from admin_ui.pages.pictures import pictures
from admin_ui.pages.preferences import set_columns, set_language, set_pin, set_theme
from admin_ui.pages.record import RecordPage, delete_page, new_record_page
from admin_ui.pages.record_choices import record_choices
from admin_ui.pages.record_looks import json_page, record_card, record_file
from admin_ui.pages.records import delete_selected, record_count, records_page
from admin_ui.pages.settings.urls import settings_urls
from admin_ui.pages.sql import kept_queries, sql_csv, sql_page
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
        provider = f"{records}edit/auth/providers/<str:name>/"
        return [
            path("forgotten-password/", ForgottenPassword.as_view(), name="forgotten_password"),
            path("theme-choice/", set_theme, name="set_theme"),
            path("language-choice/", set_language, name="set_language"),
            path("", view(home, right="anybody"), name="index"),
            path("home-figures/", view(home_figures), name="home_figures"),
            path("jump/", view(jump, right="anybody"), name="jump"),
            path("logs/", view(logs_page), name="logs"),
            path("logs/chart/", view(logs_chart), name="logs_chart"),
            path("logs/names/", view(log_names), name="log_names"),
            path("logs/download/", view(logs_json), name="logs_json"),
            path("logs/empty/", view(purge_page), name="purge_logs"),
            path("logs/endpoints/", view(endpoints_page), name="log_endpoints"),
            path("logs/entries/<str:log_id>/", view(log_page), name="log"),
            path("logs/entries/<str:log_id>/json/", view(log_json), name="log_json"),
            path("sql/", view(sql_page), name="sql"),
            path("sql/csv/", view(sql_csv), name="sql_csv"),
            path("sql/kept/", view(kept_queries), name="sql_kept"),
            path("collections/", view(collection_overview, right="anybody"), name="collections"),
            path("overview/relations/", view(relations_page), name="relations"),
            path("overview/rules/", view(all_rules_page), name="rules"),
            path("openapi.json", view(openapi_document), name="openapi"),
            path(f"{records}api/", view(api_page), name="api"),
            path(f"{records}api/<str:slug>/", view(api_page), name="api_endpoint"),
            path("collections/new-collection/", view(new_collection_page), name="new_collection"),
            path("collections/new-field/", view(new_field_row), name="new_field_row"),
            path(f"{records}edit/", view(collection_editor), name="edit_collection"),
            path(f"{records}edit/json/", view(collection_json), name="collection_json"),
            path(f"{records}edit/truncate/", view(truncate_page), name="truncate_collection"),
            path(f"{records}edit/delete/", view(delete_collection_page), name="delete_collection"),
            path(f"{records}edit/auth/", view(sign_in_tab), name="edit_collection_auth"),
            path(f"{records}edit/auth/providers/", view(provider_list), name="collection_providers"),
            path(provider, view(provider_page), name="edit_collection_provider"),
            path(f"{provider}remove/", view(remove_provider), name="remove_collection_provider"),
            path(f"{records}edit/mails/", view(mails_tab), name="edit_collection_mails"),
            path(f"{records}edit/mails/trial/", view(send_trial), name="try_collection_mail"),
            path(
                f"{records}edit/mails/<str:template>/preview/",
                view(mail_preview),
                name="preview_collection_mail",
            ),
            path(f"{records}edit/rules/", view(rules_page), name="edit_collection_rules"),
            path(f"{records}edit/rules/judge/", view(judge_rules), name="judge_rules"),
            path(f"{records}edit/rules/try/", view(try_rule_part), name="try_rule"),
            path(f"{records}edit/query/", view(query_page), name="edit_collection_query"),
            path(records, seeing(records_page), name="records"),
            path(f"{records}count/", seeing(record_count), name="record_count"),
            path(f"{records}choices/", seeing(record_choices), name="record_choices"),
            path(f"{records}columns/", seeing(set_columns), name="set_columns"),
            path(f"{records}pin/", seeing(set_pin), name="set_pin"),
            path(f"{records}completions/", view(complete_rule), name="complete_rule"),
            path("sql-completions/", view(complete_sql), name="complete_sql"),
            path("view-sample/", view(view_sample), name="view_sample"),
            path(f"{records}delete/", view(delete_selected, right="delete"), name="delete_records"),
            path(f"{records}rows/", seeing(live_rows), name="live_rows"),
            path(f"{records}edit-selected/", view(edit_selected), name="edit_records"),
            path(f"{records}edit-rows/", view(edit_rows), name="edit_rows"),
            path(f"{records}export/", seeing(export_records), name="export_records"),
            path(f"{records}filter/", seeing(filter_by_fields), name="filter_by_fields"),
            path(f"{records}views/", view(saved_views), name="saved_views"),
            path(f"{records}views/<str:view_id>/delete/", view(delete_saved_view), name="delete_view"),
            path(f"{records}import/", view(new_import), name="new_import"),
            path(f"{records}import/<str:import_id>/", view(import_page), name="import"),
            path(f"{records}import/<str:import_id>/drop/", view(drop_import), name="drop_import"),
            path(f"{records}new/", view(new_record_page, right="add"), name="new_record"),
            path(record, seeing(RecordPage.as_view()), name="record"),
            path(f"{record}delete/", view(delete_page, right="delete"), name="delete_record"),
            *settings_urls(view),
            *operating_urls(view),
            path(f"{record}json/", seeing(json_page), name="record_json"),
            path(f"{record}card/", seeing(record_card), name="record_card"),
            path(f"{record}files/<str:name>/", seeing(record_file), name="record_file"),
            path(f"{record}mail/<str:kind>/", view(mail_page), name="record_mail"),
            path(f"{record}impersonate/", view(impersonate_page), name="impersonate"),
            path(f"{record}reset-tokens/", view(reset_tokens_page), name="reset_tokens"),
            path(f"{record}providers/", view(providers_page), name="record_providers"),
            path(f"{record}providers/<str:link_id>/unlink/", view(unlink_page), name="unlink_provider"),
            path("pictures/", view(pictures), name="pictures"),
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
            "title": _("Sign in"),
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
