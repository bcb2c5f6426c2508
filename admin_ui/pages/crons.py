"""`/_/settings/crons/`: the jobs by the clock, how their last runs went, and one of them now."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from admin_ui.acting import superuser_record
from admin_ui.answering import answering
from admin_ui.operating.cron_rows import cron_rows
from admin_ui.pages.settings.navigation import settings_context
from system_app.crons.registry import crons


@require_safe
@answering
def crons_page(request: HttpRequest) -> HttpResponse:
    now = datetime.now(UTC)
    rows = cron_rows(crons, now)
    failing = sum(row.is_failing for row in rows)
    context = {
        **settings_context(request, "crons", marked=("crons",) if failing else ()),
        "rows": rows,
        "failing": failing,
        "now": now,
    }
    return render(request, "admin_ui/operating/crons.html", context)


@require_POST
@answering
def run_cron(request: HttpRequest) -> HttpResponse:
    """Put a job into the queue; how it went is in the list then."""
    # Imported late: no start has to wait for django-q2's tasks.
    from system_app.crons.queueing import queue_now

    superuser_record(request)
    job_id = request.POST.get("job", "")
    job = crons.find(job_id)
    if job is None:
        messages.error(request, _("There is no job %(id)s any more.") % {"id": job_id})
    else:
        queue_now(job)
        messages.success(request, _("%(id)s begins in a moment.") % {"id": job.id})
    return HttpResponseRedirect(reverse("admin:crons"))
