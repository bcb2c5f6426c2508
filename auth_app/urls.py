"""The routes under which records sign in."""

from django.urls import path

from auth_app.views import oauth2, signing_in

_COLLECTION = "api/collections/<str:collection>"

urlpatterns = [
    path("api/collections/meta/oauth2-providers", signing_in.ProviderList.as_view()),
    path("api/oauth2-redirect", oauth2.OAuth2Redirect.as_view()),
    path(f"{_COLLECTION}/auth-methods", signing_in.AuthMethods.as_view()),
    path(f"{_COLLECTION}/auth-with-password", signing_in.AuthWithPassword.as_view()),
    path(f"{_COLLECTION}/auth-refresh", signing_in.AuthRefresh.as_view()),
    path(f"{_COLLECTION}/impersonate/<str:record_id>", signing_in.Impersonate.as_view()),
]
