"""The routes of collections and their records."""

from django.urls import path

from collections_app.views.collections import (
    CollectionDetail,
    CollectionList,
    CollectionsImport,
    CollectionTruncate,
    DryRunView,
    Scaffolds,
)
from collections_app.views.records import RecordList, RecordView

urlpatterns = [
    path("api/collections/<str:collection>/records/<str:record_id>", RecordView.as_view()),
    path("api/collections/<str:collection>/records", RecordList.as_view()),
    path("api/collections", CollectionList.as_view()),
    path("api/collections/import", CollectionsImport.as_view(), {"collection": "import"}),
    path("api/collections/meta/scaffolds", Scaffolds.as_view()),
    path("api/collections/meta/dry-run-view", DryRunView.as_view()),
    path("api/collections/<str:collection>/truncate", CollectionTruncate.as_view()),
    path("api/collections/<str:collection>", CollectionDetail.as_view()),
]
