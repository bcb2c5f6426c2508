"""The routes of records; those that design collections are in `design_urls.py`."""

from django.urls import path

from collections_app.views.records import RecordList, RecordView

urlpatterns = [
    path("api/collections/<str:collection>/records/<str:record_id>", RecordView.as_view()),
    path("api/collections/<str:collection>/records", RecordList.as_view()),
]
