"""Who is there, and messages for them."""

from django.urls import include, path

from tests.process.streaming import views

urlpatterns = [
    path("streaming/state", views.state),
    path("streaming/send", views.send),
    path("", include("config.urls")),
]
handler400 = "platform_app.requests.answers.bad_request"
handler404 = "platform_app.requests.answers.not_found"
handler500 = "platform_app.requests.answers.server_error"
