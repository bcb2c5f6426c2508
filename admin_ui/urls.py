"""The dashboard: Django admin at `/_/`, its feeds, the pages that are everybody's, and the static files."""

from django.contrib import admin
from django.urls import path, re_path

from admin_ui.addresses import DASHBOARD, EXTENSIONS_SCRIPT, FEEDS, OPEN_PAGES, THEME
from admin_ui.discovering import discover_models
from admin_ui.extension_files import extension_file, extension_scripts
from admin_ui.feeds import Feed
from admin_ui.pages.open_pages import open_page
from admin_ui.static_files import static_file
from admin_ui.theme import theme_sheet

discover_models()

urlpatterns = [
    path("static/<path:path>", static_file),
    path(THEME.removeprefix(DASHBOARD), theme_sheet),
    path(EXTENSIONS_SCRIPT.removeprefix(DASHBOARD), extension_scripts),
    re_path("^extensions/(?P<name>[^/]+)(?P<rest>(?s:.*))", extension_file),
    *(path(f"{name}/", open_page(name)) for name in OPEN_PAGES),
    path(f"{FEEDS.removeprefix(DASHBOARD)}<channel>", Feed.as_view()),
    path("", admin.site.urls),
]
