"""Signing in to the dashboard: to `_superusers` by password, as a form, and with a code where that wants one.

Where passwords are switched off, by a code alone.

Limits, hooks, rules and alerts are those of the API, because the sign-in is the API's own; a session is
opened only for whom it gives a token to.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admin_ui.sessions import Account, open_session
from admin_ui.staff.members import active_member, is_door, signing_in
from auth_app.flows.mfa import SecondFactorRequired, record_of_session
from auth_app.flows.otp import Code, CodeRequest, request_otp, require_otp_auth, sign_in_with_otp
from auth_app.flows.password import Credentials, require_password_auth, sign_in_with_password
from auth_app.flows.response import Caller
from auth_app.models import Superuser
from auth_app.superusers import superusers_collection
from auth_app.tokens import find_record_by_token
from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.request_info import Context, RequestInfo
from collections_app.stale_schema import with_fresh_schema
from collections_app.system_names import SUPERUSERS
from platform_app.requests.body import LazyHeaders
from platform_app.requests.client_ip import real_ip
from platform_app.requests.exchange import exchange_of
from platform_app.requests.header_texts import user_agent_of
from platform_app.wire.errors import ApiError, FieldError, Forbidden, as_api_error, sentenize

_NO_CODES = gettext_lazy(
    "The password is right, but superusers need a second factor, and no code can be sent to you. On the "
    "server, “manage.py superuser one-factor” lets the password alone sign in again."
)
# What the button sends that wants another code.
_AGAIN = "again"

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
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    api_names = {"identity": "username", "password": "password"}
    code_form: "CodeForm | None" = None

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        names = superusers_collection().auth.password.identity_fields
        words = _("Email") if list(names) == ["email"] else _(" or ").join(names)
        self.fields["username"].label = words[:1].upper() + words[1:]
        if "password" in self.initial:  # of a demonstration, which anybody may know
            self.fields["password"].widget.render_value = True

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
        otp_id = _sent_code(self.request, record["email"], record.collection)
        self.code_form = CodeForm(self.request, initial={"mfa_id": mfa_id, "otp_id": otp_id})
        self.add_error(None, _("A second factor is required."))


class AddressForm(forms.Form):
    """Where a code is to be sent, when it is all that is asked for."""

    email = forms.EmailField(
        label=gettext_lazy("Email"),
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request


class CodeForm(_Door):
    """The code that was mailed, or made on the server: then its id is another one, too.

    It comes after a password, whose session `mfa_id` is, or after an address.
    """

    code = forms.CharField(
        label=gettext_lazy("Code"),
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )
    otp_id = forms.CharField(
        label=gettext_lazy("Id of the code"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    mfa_id = forms.CharField(required=False, widget=forms.HiddenInput)
    email = forms.EmailField(required=False, widget=forms.HiddenInput)
    api_names = {"otpId": "otp_id", "password": "code"}

    def sign_in(self, data: dict[str, Any]) -> Answer:
        collection = _with_session(data["mfa_id"])
        require_otp_auth(collection)
        code = Code(data["otp_id"], data["code"])
        body = {"otpId": code.otp_id, "password": code.password, "mfaId": data["mfa_id"]}
        return sign_in_with_otp(collection, code, _caller(self.request, "otp", body))


class SignIn(LoginView):
    """The page with the form for the first factor, or for the second."""

    http_method_names = ["get", "head", "post"]
    template_name = "admin/login.html"

    def get_form_class(self) -> Any:
        if "mfa_id" in self.request.POST:
            return CodeForm
        return AddressForm if _takes_only_codes() else SignInForm

    def get_template_names(self) -> list[str]:
        return ["admin_ui/ask_for_code.html" if self.get_form_class() is AddressForm else self.template_name]

    def get_initial(self) -> dict[str, Any]:
        """Who shows something to the public may name both in a link (contract/dashboard.md, AU-16)."""
        said = {"username": "demoEmail", "email": "demoEmail", "password": "demoPassword"}
        return {name: self.request.GET[key] for name, key in said.items() if key in self.request.GET}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _AGAIN in request.POST:
            return self._send_again()
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: _Door) -> HttpResponse:  # type: ignore[override]
        code_form = getattr(form, "code_form", None)
        if code_form is None and not isinstance(form, CodeForm):
            return super().form_invalid(form)  # type: ignore[arg-type]  # LoginView asks it for nothing else
        return self._ask_for_code(code_form or form, was_sent=code_form is not None)

    def form_valid(self, form: Any) -> HttpResponse:
        if isinstance(form, AddressForm):
            return self._send_first(form)
        open_session(self.request, form.account, duration_seconds=form.duration_seconds)
        return HttpResponseRedirect(self.get_success_url())

    def _send_first(self, form: AddressForm) -> HttpResponse:
        email = form.cleaned_data["email"]
        try:
            otp_id = _sent_code(self.request, email, superusers_collection())
        except ApiError as error:
            form.add_error(None, sentenize(error.message))
            return super().form_invalid(form)  # type: ignore[arg-type]
        return self._ask_for_code(
            CodeForm(self.request, initial={"email": email, "otp_id": otp_id}), was_sent=True
        )

    def _send_again(self) -> HttpResponse:
        """Send another code to who has the last one; where that is refused, the last one still holds."""
        said = {name: self.request.POST.get(name, "") for name in ("mfa_id", "email", "otp_id")}
        record = record_of_session(said["mfa_id"]) if said["mfa_id"] else None
        email = record["email"] if record else said["email"]
        problem = ""
        try:
            said["otp_id"] = _sent_code(self.request, email, _with_session(said["mfa_id"])) or said["otp_id"]
        except ApiError as error:
            problem = sentenize(error.message)
        form = CodeForm(self.request, initial=said)
        return self._ask_for_code(form, was_sent=not problem, problem=problem)

    def _ask_for_code(self, form: _Door, *, was_sent: bool, problem: str = "") -> HttpResponse:
        is_second = bool(form["mfa_id"].value())
        context = self.get_context_data(form=form, was_sent=was_sent, problem=problem, is_second=is_second)
        return TemplateResponse(self.request, "admin_ui/second_factor.html", context)


def _takes_only_codes() -> bool:
    auth = superusers_collection().auth
    return auth.otp.enabled and not auth.password.enabled


def _with_session(mfa_id: str) -> Collection:
    """Whose code it is that comes after a password: the collection of who typed that."""
    record = record_of_session(mfa_id) if mfa_id else None
    return record.collection if record is not None and is_door(record.collection) else superusers_collection()


def _sent_code(request: HttpRequest, email: str, collection: Collection) -> str:
    """Have a code sent; its id, "" when a hook stopped it: one made on the server may still be typed."""
    sent = with_fresh_schema(
        lambda: request_otp(collection, CodeRequest(email), _info(request, "default", {"email": email}))
    )
    return sent["otpId"] if sent else ""


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
        user_agent=user_agent_of(request),
        read_mfa_id=lambda: body.get("mfaId", ""),
    )


def _info(request: HttpRequest, context: Context, body: dict[str, str]) -> RequestInfo:
    """The request as hooks and rules see one to the API; the page's own query is none of theirs."""
    exchange_of(request).is_inner = True  # the answer is a page, so receivers may refuse until it is made
    return RequestInfo(
        method="POST", context=context, headers=LazyHeaders(request), body=body, request=request
    )
