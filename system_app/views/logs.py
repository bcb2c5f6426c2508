"""`/api/logs`: superusers read what was logged, and empty the log (contract/system.md 5)."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from collections_app.views.api_view import APIView, no_content
from collections_app.views.guards import require_superuser
from platform_app.database.lanes import require_pool
from platform_app.requests.body import query_values
from system_app.logs.listing import find_log, list_logs, log_stats
from system_app.logs.retention import delete_everything


class LogList(APIView):
    def get(self, request: HttpRequest) -> Any:
        require_superuser(request)
        return list_logs(query_values(request))

    def delete(self, request: HttpRequest) -> HttpResponse:
        require_superuser(request)
        require_pool()
        delete_everything()
        return no_content()


class LogStats(APIView):
    def get(self, request: HttpRequest) -> Any:
        require_superuser(request)
        return log_stats(query_values(request).get("filter", ""))


class LogDetail(APIView):
    def get(self, request: HttpRequest, log_id: str) -> Any:
        require_superuser(request)
        return find_log(log_id)
