"""The routes under which records sign in, and those of files, whose readers tokens name."""

from django.urls import path

from auth_app.views import file_tokens, mail_requests, oauth2, one_time_codes, signing_in
from files_app.views import StoredFileView
from platform_app.requests.activity import skip_success_activity_log

_COLLECTION = "api/collections/<str:collection>"

urlpatterns = [
    path("api/files/token", file_tokens.FileToken.as_view()),
    path(
        "api/files/<str:collection>/<str:record_id>/<str:name>",
        StoredFileView.as_view(find_reader=file_tokens.reader_of),
    ),
    path("api/collections/meta/oauth2-providers", signing_in.ProviderList.as_view()),
    # Its address holds the provider's code.
    path("api/oauth2-redirect", skip_success_activity_log(oauth2.OAuth2Redirect.as_view())),
    path(f"{_COLLECTION}/auth-methods", signing_in.AuthMethods.as_view()),
    path(f"{_COLLECTION}/auth-with-password", signing_in.AuthWithPassword.as_view()),
    path(f"{_COLLECTION}/request-otp", one_time_codes.RequestOTP.as_view()),
    path(f"{_COLLECTION}/auth-with-otp", one_time_codes.AuthWithOTP.as_view()),
    path(f"{_COLLECTION}/auth-refresh", signing_in.AuthRefresh.as_view()),
    path(f"{_COLLECTION}/impersonate/<str:record_id>", signing_in.Impersonate.as_view()),
    path(f"{_COLLECTION}/request-verification", mail_requests.RequestVerification.as_view()),
    path(f"{_COLLECTION}/confirm-verification", mail_requests.ConfirmVerification.as_view()),
    path(f"{_COLLECTION}/request-password-reset", mail_requests.RequestPasswordReset.as_view()),
    path(f"{_COLLECTION}/confirm-password-reset", mail_requests.ConfirmPasswordReset.as_view()),
    path(f"{_COLLECTION}/request-email-change", mail_requests.RequestEmailChange.as_view()),
    path(f"{_COLLECTION}/confirm-email-change", mail_requests.ConfirmEmailChange.as_view()),
]
