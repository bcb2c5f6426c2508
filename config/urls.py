"""Every route, hottest first; what has none is a file of the static site, or not found."""

from django.urls import include, path, re_path

from platform_app.requests.answers import unrouted
from platform_app.requests.cold_routes import include_later

urlpatterns = [
    path("", include("collections_app.urls")),
    path("", include("auth_app.urls")),
    path("", include("realtime_app.urls")),
    path("", include("system_app.urls")),
    include_later("_/", "admin_ui.urls"),
    include_later("api/", "collections_app.design_urls"),
    include_later("api/", "system_app.operating_urls"),
    re_path("", unrouted),
]

handler400 = "platform_app.requests.answers.bad_request"
handler404 = "platform_app.requests.answers.not_found"
handler500 = "platform_app.requests.answers.server_error"
