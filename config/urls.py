"""Every route, hottest first; what matches none is answered by `config.exception_handler`."""

from django.urls import include, path

urlpatterns = [
    path("", include("collections_app.urls")),
    path("", include("auth_app.urls")),
    path("", include("system_app.urls")),
    path("_/", include("admin_ui.urls")),
]

handler400 = "config.exception_handler.bad_request"
handler404 = "config.exception_handler.not_found"
handler500 = "config.exception_handler.server_error"
