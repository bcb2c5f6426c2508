"""Routes of the system: health and settings now; logs, crons and backups as they come."""

from django.urls import path

from system_app.views.health import Health
from system_app.views.settings import Settings
from system_app.views.sql_console import SqlConsole

urlpatterns = [
    path("api/health", Health.as_view()),
    path("api/settings", Settings.as_view()),
    path("api/sql", SqlConsole.as_view()),
]
