"""`POST /api/sql` (contract/collections.md 10)."""

from typing import Any

from django.http import HttpRequest

from collections_app.views.api_view import APIView
from collections_app.views.collections import bound_query
from collections_app.views.guards import require_superuser
from platform_app.database.lanes import require_pool
from platform_app.wire.errors import BadRequest
from system_app.console.sql_console import QueryFailed, run_query


class SqlConsole(APIView):
    """Runs SQL for superusers."""

    def post(self, request: HttpRequest) -> dict[str, Any]:
        require_superuser(request)
        require_pool()
        query = bound_query(request)
        try:
            return run_query(query).as_json()
        except QueryFailed as error:
            raise BadRequest(f"Failed to execute query. Raw error:\n{error}") from error
