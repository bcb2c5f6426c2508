"""Every route of the API, for a project that has routes of its own.

    path("", include("system_app.api_urls"))

What the project answers itself below `/api/` stands before it: whatever has no route is not found here.
"""

from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from platform_app.requests.answers import not_found
from platform_app.requests.cold_routes import include_later

urlpatterns = [
    path("", include("collections_app.urls")),
    path("", include("auth_app.urls")),
    path("", include("realtime_app.urls")),
    path("", include("system_app.urls")),
    include_later("api/", "collections_app.design_urls"),
    include_later("api/", "system_app.operating_urls"),
    re_path("^api/", csrf_exempt(not_found)),
]
