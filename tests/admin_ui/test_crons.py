"""The screen of jobs by the clock: when they run, how the last runs went, and one of them now."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from admin_ui.operating.cron_words import words_of
from admin_ui.pages import crons as page
from platform_app.database.routers import log_database
from system_app.crons.jobs import Jobs
from system_app.crons.models import Run
from tests.admin_ui.dashboard import send_form, sign_in
from tests.admin_ui.posts import HOSTILE

pytestmark = pytest.mark.django_db(databases="__all__")

CRONS = "/_/settings/crons/"


@pytest.fixture
def jobs(monkeypatch):
    jobs = Jobs()
    monkeypatch.setattr(page, "crons", jobs)
    return jobs


@pytest.fixture
def admin(client, root):
    sign_in(client)
    return client


def rows(client) -> list[list[str]]:
    """The texts of each row's cells."""
    content = client.get(CRONS).content.decode()
    body = content[content.index("<tbody>") : content.index("</tbody>")]
    return [[_text(cell) for cell in re.findall(r"<td.*?</td>", row, re.S)] for row in body.split("<tr")[1:]]


def _text(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def ran(job_id: str, state: str = "done", *, minutes: int = 1, **values) -> Run:
    moment = datetime.now(UTC) - timedelta(minutes=minutes)
    return Run.objects.create(job=job_id, state=state, moment=moment, **values)


def test_guests_are_led_to_the_door(client, root):
    assert client.get(CRONS)["Location"] == f"/_/login/?next={CRONS}"
    assert send_form(client, f"{CRONS}run/", job="__pbDBOptimize__")["Location"].startswith("/_/login/")
    assert not OrmQ.objects.using(log_database()).exists()


def test_each_job_with_its_words_and_its_next_run(admin, jobs):
    jobs.add("tidy", "* * * * *", print)
    jobs.add("never", "0 0 30 2 *", print)
    jobs.add("off", lambda: "", print)
    never, tidy = rows(admin)
    assert never[:2] == ["never builtins", "0 0 30 2 *"]
    assert (never[3], never[5]) == ("not yet", "never")
    assert tidy[:2] == ["tidy builtins", "every minute * * * * *"]
    assert tidy[5] == "within a minute"


def test_what_comes_with_the_server_is_told_apart(admin):
    assert ["__pbDBOptimize__ Joey", "every day at 00:00 0 0 * * *"] in [row[:2] for row in rows(admin)]


def test_the_last_run_and_how_long_it_took(admin, jobs):
    jobs.add("tidy", "@hourly", print)
    ran("tidy", milliseconds=12840)
    ((_, _, _, last, took, _, action),) = rows(admin)
    assert last.endswith("done")
    assert (took, action) == ("12.8 s", "Run")


def test_a_failed_run_is_shown_with_its_error_and_place(admin, jobs):
    jobs.add("tidy", "@hourly", print)
    ran("tidy", "done")
    ran("tidy", "failed", error=HOSTILE, trace='File "shop.py"')
    content = admin.get(CRONS).content.decode()
    assert "<script>alert" not in content
    (job, (detail,)) = rows(admin)
    assert job[3].endswith("failed")
    assert detail.startswith(HOSTILE)
    assert "1 of 2 runs failed" in detail
    assert detail.endswith('File "shop.py"')
    assert 'aria-current="page"' in content
    assert "Something is wrong there" in content


def test_one_that_went_well_since_is_not_failing(admin, jobs):
    jobs.add("tidy", "@hourly", print)
    ran("tidy", "failed", error="no paper")
    ran("tidy", "done")
    assert len(rows(admin)) == 1
    assert b'class="bad"' in admin.get(CRONS).content


@pytest.mark.parametrize(("state", "word"), [("waiting", "Waiting"), ("running", "Running")])
def test_one_that_is_at_work_cannot_be_run_again(admin, jobs, state, word):
    jobs.add("tidy", "@hourly", print)
    ran("tidy", "done", minutes=60)
    ran("tidy", state, minutes=0)
    ((_, _, _, last, _, _, action),) = rows(admin)
    assert (action, last.endswith("done")) == (word, True)
    assert b"disabled" in admin.get(CRONS).content


def test_running_one_now_queues_it(admin, jobs):
    jobs.add("a/b c", "@hourly", print)
    response = send_form(admin, f"{CRONS}run/", job="a/b c")
    assert response["Location"] == CRONS
    assert "a/b c begins in a moment." in admin.get(CRONS).content.decode()
    (entry,) = OrmQ.objects.using(log_database())
    (run,) = Run.objects.all()
    assert SignedPackage.loads(entry.payload)["args"][0::2] == ("a/b c", run.pk)
    assert (run.state, run.is_by_hand) == ("waiting", True)


def test_a_job_that_is_gone_is_said(admin, jobs):
    send_form(admin, f"{CRONS}run/", job="gone")
    assert "There is no job gone any more." in admin.get(CRONS).content.decode()
    assert not OrmQ.objects.using(log_database()).exists()


def test_many_jobs_cost_as_many_queries_as_one(admin, jobs):
    jobs.add("job0", "@hourly", print)
    ran("job0")
    admin.get(CRONS)
    with CaptureQueriesContext(connections[log_database()]) as for_one:
        admin.get(CRONS)
    for at in range(1, 30):
        jobs.add(f"job{at}", "@hourly", print)
        ran(f"job{at}")
    with CaptureQueriesContext(connections[log_database()]) as for_all:
        assert len(rows(admin)) == 30
    assert len(for_all) == len(for_one) > 0


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/1 * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/7 * * * *", ""),
        ("0 * * * *", "every hour"),
        ("@hourly", "every hour"),
        ("5 * * * *", "every hour at :05"),
        ("0 */6 * * *", "every 6 hours"),
        ("0 */5 * * *", ""),
        ("30 */6 * * *", ""),
        ("@daily", "every day at 00:00"),
        ("5 3 * * *", "every day at 03:05"),
        ("@weekly", "every Sunday at 00:00"),
        ("0 7 * * 1", "every Monday at 07:00"),
        ("0 7 * * 6", "every Saturday at 07:00"),
        ("0 7 * * 1-5", "Monday to Friday at 07:00"),
        ("@monthly", "on day 1 of each month at 00:00"),
        ("0 0 1 * 1", ""),
        ("@yearly", ""),
        ("0 0,12 * * *", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_words(expression, words):
    with translation.override("en"):
        assert words_of(expression) == words
