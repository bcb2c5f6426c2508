"""The dashboard: Django admin at `/_/`, the pages that are everybody's, and the static files of both."""

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import path

from admin_ui.addresses import OPEN_PAGES
from admin_ui.pages.open_pages import open_page

urlpatterns = [
    path("static/<path:path>", serve, {"insecure": True}),
    *(path(f"{name}/", open_page(name)) for name in OPEN_PAGES),
    path("", admin.site.urls),
]
