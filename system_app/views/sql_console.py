"""`POST /api/sql` (contract/collections.md 10)."""

from typing import Any

from django.http import HttpRequest

from auth_app.guards import require_superuser
from collections_app.database import require_pool
from collections_app.errors import BadRequest
from collections_app.views.api_view import APIView
from collections_app.views.collections import bound_query
from system_app.sql_console import QueryFailed, run_query


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
