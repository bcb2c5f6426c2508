"""The routes of the system that everybody uses; those of superusers are in `operating_urls.py`."""

from django.urls import path

from auth_app.views.oauth2 import AuthWithOAuth2
from collections_app.views.batch import Batch
from system_app.limits.rate_limits import check_inner_write
from system_app.views.health import Health

urlpatterns = [
    path("api/health", Health.as_view()),
    # Here, because the limits on what they write are set here.
    path("api/batch", Batch.as_view(check_rate=check_inner_write)),
    path(
        "api/collections/<str:collection>/auth-with-oauth2",
        AuthWithOAuth2.as_view(check_rate=check_inner_write),
    ),
]
