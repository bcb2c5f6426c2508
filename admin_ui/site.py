"""The dashboard's site: Django's, with our doors."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from admin_ui.passwords import ChangePassword
from admin_ui.sign_in import SignIn


class DashboardSite(AdminSite):
    """`admin.site` (see `admin_ui.apps`)."""

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        context = {
            **self.each_context(request),
            "title": "Log in",
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
