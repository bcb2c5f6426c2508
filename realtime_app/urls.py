"""The routes of realtime."""

from django.urls import path

from realtime_app.views import realtime_view

urlpatterns = [path("api/realtime", realtime_view)]
