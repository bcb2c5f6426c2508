"""A forgotten password: asks for an address, and always says the same (contract/dashboard.md, AU-08)."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from admin_ui.answering import answering
from admin_ui.staff.members import signing_in
from auth_app.flows.even_answers import MAIL_STEP_SECONDS, in_steps_of
from auth_app.flows.password_reset import ResetRequest, request_password_reset, require_resettable
from collections_app.request_info import RequestInfo
from platform_app.requests.body import LazyHeaders
from platform_app.requests.exchange import exchange_of


class AddressForm(forms.Form):
    email = forms.EmailField(widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}))


@method_decorator(answering, name="dispatch")
class ForgottenPassword(View):
    """The mail is the API's own, with its throttle and hooks; its link leads to the page for that."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, AddressForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AddressForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        exchange_of(request).is_inner = True
        info = RequestInfo(method="POST", headers=LazyHeaders(request), request=request)
        with in_steps_of(MAIL_STEP_SECONDS):
            collection = signing_in(form.cleaned_data["email"])
            require_resettable(collection)
            request_password_reset(collection, ResetRequest(form.cleaned_data["email"]), info)
        return self._page(request, form, is_done=True)

    def _page(self, request: HttpRequest, form: AddressForm, *, is_done: bool = False) -> HttpResponse:
        context = {
            **admin.site.each_context(request),
            "title": _("Forgotten password"),
            "form": form,
            "is_done": is_done,
        }
        return render(request, "admin_ui/forgotten_password.html", context)
