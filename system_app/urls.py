"""The routes of the system that everybody uses; those of superusers are in `operating_urls.py`."""

from django.urls import path

from collections_app.views.batch import Batch
from system_app.limits.rate_limits import check_inner_write
from system_app.views.health import Health

urlpatterns = [
    path("api/health", Health.as_view()),
    # Here, because the limits on its items are set here.
    path("api/batch", Batch.as_view(check_rate=check_inner_write)),
]
