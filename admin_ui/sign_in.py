"""Signing in to the dashboard: by password, as a form, and with a code where the collection wants one.

It is `_superusers` that people sign in to, or the collection that somebody of the staff is in.

Limits, hooks, rules and alerts are those of the API, because the sign-in is the API's own; a session is
opened only for whom it gives a token to.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from admin_ui.sessions import Account, open_session
from admin_ui.staff.members import active_member, is_door, signing_in
from auth_app.flows.mfa import SecondFactorRequired, record_of_session
from auth_app.flows.otp import Code, CodeRequest, request_otp, require_otp_auth, sign_in_with_otp
from auth_app.flows.password import Credentials, require_password_auth, sign_in_with_password
from auth_app.flows.response import Caller
from auth_app.models import Superuser
from auth_app.superusers import superusers_collection
from auth_app.tokens import find_record_by_token
from collections_app.records.record import Record
from collections_app.request_info import Context, RequestInfo
from collections_app.stale_schema import with_fresh_schema
from collections_app.system_names import SUPERUSERS
from platform_app.requests.body import LazyHeaders
from platform_app.requests.client_ip import real_ip
from platform_app.requests.exchange import exchange_of
from platform_app.wire.errors import ApiError, FieldError, Forbidden, as_api_error, sentenize

_NO_CODES = (
    "The password is right, but superusers need a second factor, and no code can be sent to you. On the "
    "server, “manage.py superuser one-factor” lets the password alone sign in again."
)

Answer = dict[str, Any] | None


class _Door(forms.Form):
    """A valid one has signed `account` in, for `duration_seconds`, as far as the API is concerned."""

    account: Account
    duration_seconds: int
    # What the API calls the fields of the form.
    api_names: dict[str, str]

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        try:
            self._sign_in(data)
        except Exception as error:  # noqa: BLE001 - told, and logged where it is our fault
            self._tell(as_api_error(error))
        return data

    def _sign_in(self, data: dict[str, Any]) -> None:
        try:
            record = _signed_in(lambda: self.sign_in(data))
        except SecondFactorRequired as first_factor:
            self.take_first_factor(first_factor.mfa_id)
        else:
            self.account = _account_of(record)
            self.duration_seconds = record.collection.auth.auth_token.duration_seconds

    def sign_in(self, data: dict[str, Any]) -> Answer:
        """The API's answer to this form. Raises what it raises."""
        raise NotImplementedError

    def take_first_factor(self, mfa_id: str) -> None:
        """What was right is one factor of two."""
        self.add_error(None, _NO_CODES)

    def _tell(self, refusal: ApiError) -> None:
        told = False
        for name, error in refusal.data.items():
            if name in self.api_names and isinstance(error, FieldError):
                self.add_error(self.api_names[name], sentenize(error.message))
                told = True
        if not told:
            self.add_error(None, sentenize(refusal.message))


class SignInForm(_Door):
    """Identity and password. `code_form` is what comes next when they are one factor of two."""

    # `username` is the name that Django's template knows; values count as they were typed.
    username = forms.CharField(
        strip=False, widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"})
    )
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    api_names = {"identity": "username", "password": "password"}
    code_form: "CodeForm | None" = None

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        names = " or ".join(superusers_collection().auth.password.identity_fields)
        self.fields["username"].label = names[:1].upper() + names[1:]

    def sign_in(self, data: dict[str, Any]) -> Answer:
        collection = signing_in(data["username"])
        require_password_auth(collection)
        credentials = Credentials(data["username"], data["password"])
        body = {"identity": credentials.identity, "password": credentials.password}
        return sign_in_with_password(collection, credentials, _caller(self.request, "password", body))

    def take_first_factor(self, mfa_id: str) -> None:
        """Have a code sent; where there is none to be had, say so."""
        record = record_of_session(mfa_id)
        if record is None or not record.collection.auth.otp.enabled or not record["email"]:
            super().take_first_factor(mfa_id)
            return
        wanted = CodeRequest(record["email"])
        info = _info(self.request, "default", {"email": wanted.email})
        sent = request_otp(record.collection, wanted, info)
        # None when a hook stopped it: a code that was made on the server may still be typed.
        otp_id = sent["otpId"] if sent else ""
        self.code_form = CodeForm(self.request, initial={"mfa_id": mfa_id, "otp_id": otp_id})
        self.add_error(None, "A second factor is required.")


class CodeForm(_Door):
    """The code that was mailed, or made on the server: then its id is another one, too."""

    code = forms.CharField(
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "one-time-code", "inputmode": "numeric"}
        )
    )
    otp_id = forms.CharField(label="Id of the code", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    mfa_id = forms.CharField(widget=forms.HiddenInput)
    api_names = {"otpId": "otp_id", "password": "code"}

    def sign_in(self, data: dict[str, Any]) -> Answer:
        session = record_of_session(data["mfa_id"])
        is_ours = session is not None and is_door(session.collection)
        collection = session.collection if session is not None and is_ours else superusers_collection()
        require_otp_auth(collection)
        code = Code(data["otp_id"], data["code"])
        body = {"otpId": code.otp_id, "password": code.password, "mfaId": data["mfa_id"]}
        return sign_in_with_otp(collection, code, _caller(self.request, "otp", body))


class SignIn(LoginView):
    """The page with the form for the first factor, or for the second."""

    http_method_names = ["get", "head", "post"]
    template_name = "admin/login.html"

    def get_form_class(self) -> Any:
        return CodeForm if "mfa_id" in self.request.POST else SignInForm

    def form_invalid(self, form: _Door) -> HttpResponse:  # type: ignore[override]
        code_form = getattr(form, "code_form", None)
        if code_form is None and not isinstance(form, CodeForm):
            return super().form_invalid(form)  # type: ignore[arg-type]  # LoginView asks it for nothing else
        context = self.get_context_data(form=code_form or form, was_sent=code_form is not None)
        return TemplateResponse(self.request, "admin_ui/second_factor.html", context)

    def form_valid(self, form: _Door) -> HttpResponse:  # type: ignore[override]
        open_session(self.request, form.account, duration_seconds=form.duration_seconds)
        return HttpResponseRedirect(self.get_success_url())


def _signed_in(sign_in: Callable[[], Answer]) -> Record:
    """Whom the API gives a token. Raises what the sign-in raises."""
    answer = with_fresh_schema(sign_in)
    # None when a hook stopped the chain; and hooks may change the token.
    found = find_record_by_token(answer["token"], ("auth",)) if answer else None
    if found is None or not is_door(found[0].collection):
        raise Forbidden
    return found[0]


def _account_of(record: Record) -> Account:
    """With the key of the token: a new password ends this sign-in meanwhile, too. Raises Forbidden."""
    if record.collection.name == SUPERUSERS:
        return Superuser.objects.get(pk=record.id, tokenKey=record["tokenKey"])
    member = active_member(record)
    if member is None:
        raise Forbidden
    return member


def _caller(request: HttpRequest, context: Context, body: dict[str, str]) -> Caller:
    return Caller(
        info=_info(request, context, body),
        ip=real_ip(request),
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        read_mfa_id=lambda: body.get("mfaId", ""),
    )


def _info(request: HttpRequest, context: Context, body: dict[str, str]) -> RequestInfo:
    """The request as hooks and rules see one to the API; the page's own query is none of theirs."""
    exchange_of(request).is_inner = True  # the answer is a page, so receivers may refuse until it is made
    return RequestInfo(
        method="POST", context=context, headers=LazyHeaders(request), body=body, request=request
    )
