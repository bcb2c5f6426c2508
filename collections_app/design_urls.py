"""The routes that design collections, below `api/`."""

from django.urls import path

from collections_app.views.collections import (
    CollectionDetail,
    CollectionList,
    CollectionsImport,
    CollectionTruncate,
    DryRunView,
    Scaffolds,
)

urlpatterns = [
    path("collections", CollectionList.as_view()),
    path("collections/import", CollectionsImport.as_view(), {"collection": "import"}),
    path("collections/meta/scaffolds", Scaffolds.as_view()),
    path("collections/meta/dry-run-view", DryRunView.as_view()),
    path("collections/<str:collection>/truncate", CollectionTruncate.as_view()),
    path("collections/<str:collection>", CollectionDetail.as_view()),
]
