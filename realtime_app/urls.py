"""The routes of realtime."""

from django.urls import path

from realtime_app.views import Realtime

urlpatterns = [path("api/realtime", Realtime.as_view())]
