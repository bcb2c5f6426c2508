"""Routes of the system: health, batches, settings; logs, crons and backups as they come."""

from django.urls import path

from collections_app.views.batch import Batch
from system_app.limits.rate_limits import check_batch_item
from system_app.views.health import Health
from system_app.views.settings import Settings
from system_app.views.sql_console import SqlConsole

urlpatterns = [
    path("api/health", Health.as_view()),
    # Here, because the limits on its items are set here.
    path("api/batch", Batch.as_view(check_rate=check_batch_item)),
    path("api/settings", Settings.as_view()),
    path("api/sql", SqlConsole.as_view()),
]
