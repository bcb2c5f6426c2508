"""Routes that tell their lane, stream without end, tell of realtime, send to a feed, and enqueue work."""

from django.urls import include, path

from tests.process.beside import views

urlpatterns = [
    path("beside/lane/<str:name>", views.lane),
    path("beside/stream", views.endless),
    path("beside/realtime", views.realtime),
    path("beside/feed/<str:channel>", views.send_to_feed),
    path("beside/work", views.enqueue_work),
    path("", include("config.urls")),
]
handler400 = "platform_app.requests.answers.bad_request"
handler404 = "platform_app.requests.answers.not_found"
handler500 = "platform_app.requests.answers.server_error"
