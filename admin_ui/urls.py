"""The dashboard: Django admin at `/_/`, its feeds, the pages that are everybody's, and the static files."""

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import path

from admin_ui.addresses import DASHBOARD, FEEDS, OPEN_PAGES
from admin_ui.feeds import Feed
from admin_ui.pages.open_pages import open_page

urlpatterns = [
    path("static/<path:path>", serve, {"insecure": True}),
    *(path(f"{name}/", open_page(name)) for name in OPEN_PAGES),
    path(f"{FEEDS.removeprefix(DASHBOARD)}<channel>", Feed.as_view()),
    path("", admin.site.urls),
]
