"""The routes that superusers operate the system with, below `api/`."""

from django.urls import path

from system_app.views.settings import Settings, SettingsTestEmail
from system_app.views.sql_console import SqlConsole

urlpatterns = [
    path("settings", Settings.as_view()),
    path("settings/test/email", SettingsTestEmail.as_view()),
    path("sql", SqlConsole.as_view()),
]
