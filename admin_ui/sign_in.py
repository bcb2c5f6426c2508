"""Signing in to the dashboard: the sign-in of `_superusers` by password, as a form.

Limits, hooks, rules and alerts are those of the API, because the sign-in is the API's own; a session is
opened only for whom it gives a token to.
"""

from typing import Any

from django import forms
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from admin_ui.sessions import open_session
from auth_app.flows.mfa import SecondFactorRequired
from auth_app.flows.password import Credentials, require_password_auth, sign_in_with_password
from auth_app.flows.response import Caller
from auth_app.models import Superuser
from auth_app.superusers import superusers_collection
from auth_app.tokens import find_record_by_token
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import with_fresh_schema
from collections_app.system_names import SUPERUSERS
from platform_app.requests.body import LazyHeaders
from platform_app.requests.client_ip import real_ip
from platform_app.wire.errors import ApiError, FieldError, Forbidden, as_api_error, sentenize

_SECOND_FACTOR = (
    "The password is right, but superusers need a second factor, which this page cannot ask for yet. On the "
    "server, “manage.py superuser one-factor” lets the password alone sign in again."
)
# What the API calls the fields of the form.
_FIELDS = {"identity": "username", "password": "password"}


class SignInForm(forms.Form):
    """A valid one has signed `superuser` in, for `duration_seconds`, as far as the API is concerned."""

    # `username` is the name that Django's template knows; values count as they were typed.
    username = forms.CharField(
        strip=False, widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"})
    )
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    superuser: Superuser
    duration_seconds: int

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        names = " or ".join(superusers_collection().auth.password.identity_fields)
        self.fields["username"].label = names[:1].upper() + names[1:]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        try:
            record = _signed_in(self.request, Credentials(data["username"], data["password"]))
            # With the key of that token: a password that changes meanwhile ends this sign-in, too.
            self.superuser = Superuser.objects.get(pk=record.id, tokenKey=record["tokenKey"])
            self.duration_seconds = record.collection.auth.auth_token.duration_seconds
        except SecondFactorRequired:
            self.add_error(None, _SECOND_FACTOR)
        except Exception as error:  # noqa: BLE001 - told, and logged where it is our fault
            self._tell(as_api_error(error))
        return data

    def _tell(self, refusal: ApiError) -> None:
        told = False
        for name, error in refusal.data.items():
            if name in _FIELDS and isinstance(error, FieldError):
                self.add_error(_FIELDS[name], sentenize(error.message))
                told = True
        if not told:
            self.add_error(None, sentenize(refusal.message))


class SignIn(LoginView):
    """The page with the form."""

    http_method_names = ["get", "head", "post"]
    authentication_form = SignInForm  # type: ignore[assignment]  # LoginView asks it for nothing else
    template_name = "admin/login.html"

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        open_session(self.request, form.superuser, duration_seconds=form.duration_seconds)
        return HttpResponseRedirect(self.get_success_url())


def _signed_in(request: HttpRequest, credentials: Credentials) -> Record:
    """Whom the API gives a token for these credentials. Raises what the sign-in raises."""

    def sign_in() -> dict[str, Any] | None:
        collection = superusers_collection()
        require_password_auth(collection)
        return sign_in_with_password(collection, credentials, _caller(request, credentials))

    answer = with_fresh_schema(sign_in)
    # None when a hook stopped the chain; and hooks may change the token.
    found = find_record_by_token(answer["token"], ("auth",)) if answer else None
    if found is None or found[0].collection.name != SUPERUSERS:
        raise Forbidden
    return found[0]


def _caller(request: HttpRequest, credentials: Credentials) -> Caller:
    """The request as hooks and rules see one to the API; the page's own query is none of theirs."""
    info = RequestInfo(
        method="POST",
        context="password",
        headers=LazyHeaders(request),
        body={"identity": credentials.identity, "password": credentials.password},
    )
    return Caller(
        info=info,
        ip=real_ip(request),
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        read_mfa_id=lambda: "",
    )
