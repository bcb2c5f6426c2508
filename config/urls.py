"""Every route, hottest first; what matches none is answered by `platform_app.requests.answers`."""

from django.urls import include, path

from platform_app.requests.cold_routes import include_later

urlpatterns = [
    path("", include("collections_app.urls")),
    path("", include("auth_app.urls")),
    path("", include("realtime_app.urls")),
    path("", include("system_app.urls")),
    include_later("_/", "admin_ui.urls"),
    include_later("api/", "collections_app.design_urls"),
    include_later("api/", "system_app.operating_urls"),
]

handler400 = "platform_app.requests.answers.bad_request"
handler404 = "platform_app.requests.answers.not_found"
handler500 = "platform_app.requests.answers.server_error"
