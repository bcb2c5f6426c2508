"""Every route, hottest first; what matches none is answered by `platform_app.requests.answers`."""

from django.urls import include, path

urlpatterns = [
    path("", include("collections_app.urls")),
    path("", include("auth_app.urls")),
    path("", include("system_app.urls")),
    path("_/", include("admin_ui.urls")),
]

handler400 = "platform_app.requests.answers.bad_request"
handler404 = "platform_app.requests.answers.not_found"
handler500 = "platform_app.requests.answers.server_error"
