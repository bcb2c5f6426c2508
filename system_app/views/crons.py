"""`/api/crons`: superusers see the jobs by the clock, and run one now (contract/system.md 6)."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from collections_app.views.api_view import APIView, no_content
from collections_app.views.guards import require_superuser
from platform_app.wire.errors import NotFound
from system_app.crons.registry import crons


class CronList(APIView):
    def get(self, request: HttpRequest) -> list[dict[str, Any]]:
        require_superuser(request)
        return [{"id": job_id, "expression": expression} for job_id, expression in crons.listed()]


class CronRun(APIView):
    def post(self, request: HttpRequest, job_id: str) -> HttpResponse:
        # Imported late: no start has to wait for django-q2's tasks.
        from system_app.crons.queueing import queue_now

        require_superuser(request)
        job = crons.find(job_id)
        if job is None:
            raise NotFound("Missing or invalid cron job.")
        queue_now(job)
        return no_content()
