"""The routes under which records sign in."""

from django.urls import path

from auth_app import views

_COLLECTION = "api/collections/<str:collection>"

urlpatterns = [
    path("api/collections/meta/oauth2-providers", views.ProviderList.as_view()),
    path(f"{_COLLECTION}/auth-methods", views.AuthMethods.as_view()),
    path(f"{_COLLECTION}/auth-with-password", views.AuthWithPassword.as_view()),
    path(f"{_COLLECTION}/auth-refresh", views.AuthRefresh.as_view()),
    path(f"{_COLLECTION}/impersonate/<str:record_id>", views.Impersonate.as_view()),
]
