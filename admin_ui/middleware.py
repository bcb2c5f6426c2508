"""The layers of the dashboard's paths: what Django's admin asks for, and what guests may send to it.

The API is stateless and signs in by token, so its requests should not even pass through these layers.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

from admin_ui.addresses import DASHBOARD, FEEDS, OPEN_PATHS, STATIC, THEME
from admin_ui.bounds import check_address_length, check_form, read_cookies
from admin_ui.error_pages import error_page
from admin_ui.forgery import ForgeryMiddleware
from admin_ui.https import CAME_BY, came_by_https
from admin_ui.page_policy import secure_page
from admin_ui.preferences import language_of
from auth_app.authentication import superusers_may_act_from
from collections_app.system_names import SUPERUSERS
from platform_app.requests.activity import log_caller, skip_success_log
from platform_app.requests.answers import error_response
from platform_app.requests.client_ip import real_ip
from platform_app.wire.errors import ApiError, Forbidden
from system_app.site.compression import compress_page

GetResponse = Callable[[HttpRequest], HttpResponse]


class DashboardPagesMiddleware:
    """What holds for all pages at the dashboard's paths.

    They are in the reader's language, compressed, and load nothing but our files. Errors are pages, too:
    people read them there.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.startswith(DASHBOARD) or path.startswith(FEEDS):
            return self.get_response(request)
        # The pages for everybody see to their language themselves.
        is_plain = path.startswith(STATIC) or path in OPEN_PATHS
        response = self._page(request) if is_plain else self._in_language(request)
        secure_page(response)
        compress_page(request, response)
        return response

    def _in_language(self, request: HttpRequest) -> HttpResponse:
        """The page in the language of its reader."""
        # Cookies are read in linear time, before Django does.
        language = language_of(request, read_cookies(request.META.get("HTTP_COOKIE", "")))
        with translation.override(language):
            response = self._page(request)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Accept-Language"])
            response.headers.setdefault("Content-Language", language)
        return response

    def _page(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        error = getattr(response, "error", None)
        return error_page(request, error) if isinstance(error, ApiError) else response


class DashboardMiddleware:
    """One layer for the API; for the dashboard the chain that `django.contrib.admin` asks for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.startswith(DASHBOARD):
            return self.get_response(request)
        try:
            check_address_length(request)
            if path in OPEN_PATHS:
                if request.method in {"GET", "HEAD"}:
                    skip_success_log(request)
                return self.get_response(request)  # they know no sessions and read no forms
            _check_caller(request)
        except ApiError as error:
            return error_response(error)
        # Before anything looks at them: Django would read cookies in quadratic time.
        request.COOKIES = read_cookies(request.META.get("HTTP_COOKIE", ""))
        is_secure = came_by_https(request)
        if is_secure:
            request.META[CAME_BY] = "https"
        if request.method in {"GET", "HEAD"}:
            skip_success_log(request)  # pages and style sheets, as the files of the reference's dashboard
        response = self._chain(request)
        _name_caller(request)
        if is_secure:
            for cookie in response.cookies.values():
                cookie["secure"] = True
        if path == DASHBOARD and "Location" in response:
            # A link from a mail has to reach `links.js` behind a path that a proxy takes away, too.
            response["Location"] = response["Location"].replace(DASHBOARD, "./", 1)
        return response

    @cached_property
    def _chain(self) -> GetResponse:
        chain: Any = self.get_response
        # The innermost first. What a guest may send is looked at before the forgery check reads the form.
        for layer in (
            MessageMiddleware,
            ForgeryMiddleware,
            FormBoundsMiddleware,
            AuthenticationMiddleware,
            SessionMiddleware,
            SecurityMiddleware,
        ):
            chain = layer(chain)
        return cast(GetResponse, chain)


class FormBoundsMiddleware:
    """Refuses what no form of a guest is like, unread."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and not request.user.is_authenticated:
            try:
                check_form(request)
            except ApiError as error:
                return error_response(error)
        return self.get_response(request)


def _name_caller(request: HttpRequest) -> None:
    """Tell the log who is signed in, if anything has asked for that."""
    user = getattr(request, "_cached_user", None)
    if user is not None and user.is_authenticated:
        record = getattr(user, "record", None)  # of the staff
        log_caller(request, record.collection.name if record else SUPERUSERS, str(user.pk))


def _check_caller(request: HttpRequest) -> None:
    """Raises Forbidden where no superuser may act, signed in or not; the style sheets are everybody's."""
    path = request.path_info
    if (
        not path.startswith(STATIC)
        and path != THEME
        and not superusers_may_act_from(lambda: real_ip(request))
    ):
        raise Forbidden("Superusers may not act from your address.")
