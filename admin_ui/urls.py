"""The dashboard: Django admin at `/_/`, and the static files that it needs."""

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import path

urlpatterns = [
    path("static/<path:path>", serve, {"insecure": True}),
    path("", admin.site.urls),
]
