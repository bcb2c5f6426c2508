"""The routes of collections and their records."""

from django.urls import path

from collections_app.views.batch import Batch
from collections_app.views.records import RecordList, RecordView

urlpatterns = [
    path("api/collections/<str:collection>/records/<str:record_id>", RecordView.as_view()),
    path("api/collections/<str:collection>/records", RecordList.as_view()),
    path("api/batch", Batch.as_view()),
]
