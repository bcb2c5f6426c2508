"""Routes of the system: health now; settings, logs, crons and backups as they come."""

from django.urls import path

from system_app.views.health import Health

urlpatterns = [path("api/health", Health.as_view())]
