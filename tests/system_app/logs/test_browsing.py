"""Paging through the log, its timeline, and what requests took."""

from datetime import UTC, datetime, timedelta

import pytest

from platform_app.database.dates import as_stored
from system_app.logs import browsing, endpoints
from system_app.logs.browsing import (
    Range,
    count_recent_errors,
    entries_before,
    entries_behind,
    entries_of,
    newest_row,
    timeline,
)
from system_app.logs.endpoints import measure
from system_app.logs.tail import UnusableFilter
from tests.system_app.logs.conftest import LOGS
from tests.system_app.logs.rows import add

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
REQUEST = {"type": "request", "method": "GET", "url": "/api/x", "status": 200, "execTime": 1.5}


def at(minutes: float) -> str:
    return as_stored(NOON + timedelta(minutes=minutes))


def ids(entries) -> list[str]:
    return [entry.item["id"] for entry in entries]


@pytest.fixture
def five(log):
    for number, level in enumerate((-4, 0, 4, 8, 0)):
        add(f"e{number}", level=level, created=at(number * 61), data={"n": number})


class TestPaging:
    def test_newest_first_by_rows(self, five):
        first = entries_before("", None, 2)
        assert ids(first) == ["e4", "e3"]
        add("e5", created=at(400))
        assert ids(entries_before("", first[-1].row, 2)) == ["e2", "e1"]

    def test_what_is_new_since_a_row(self, five):
        row = newest_row()
        assert entries_behind("", row, 9) == []
        for number in (5, 6, 7):
            add(f"e{number}", created=at(400), level=number)
        assert ids(entries_behind("level > 5", row, 9)) == ["e7", "e6"]
        assert ids(entries_behind("", row, 2)) == ["e7", "e6"]

    @pytest.mark.parametrize(
        ("since", "until", "found"),
        [
            pytest.param(61, 183, ["e2", "e1"], id="both"),
            pytest.param(123, None, ["e4", "e3"], id="since"),
            pytest.param(None, 61, ["e0"], id="until_is_not_within"),
            pytest.param(500, 600, [], id="none"),
        ],
    )
    def test_of_a_range(self, five, since, until, found):
        edges = (None if minutes is None else NOON + timedelta(minutes=minutes) for minutes in (since, until))
        assert ids(entries_before("", None, 9, within=Range(*edges))) == found

    def test_a_comment_in_a_filter_hides_no_range(self, five):
        within = Range(NOON + timedelta(minutes=100))
        assert ids(entries_before("level >= 0 // and a remark\n", None, 9, within=within)) == [
            "e4",
            "e3",
            "e2",
        ]

    @pytest.mark.parametrize("text", ["nothing = 1", "level ="])
    def test_an_unusable_filter(self, five, text):
        with pytest.raises(UnusableFilter):
            entries_before(text, None, 9)
        with pytest.raises(UnusableFilter):
            timeline(text)

    def test_by_ids(self, five):
        assert ids(entries_of(["e1", "e3", "gone"])) == ["e3", "e1"]
        assert entries_of([]) == []


class TestTimeline:
    def test_counts_levels_by_spans(self, five):
        found = timeline("", Range(NOON, NOON + timedelta(hours=5)))
        assert found.seconds == 600
        assert (found.total(), found.total("error"), found.total("info")) == (5, 1, 2)
        spans = dict(zip(found.begins, found.counts["warn"], strict=True))
        assert [begin for begin, count in spans.items() if count] == [NOON + timedelta(hours=2)]

    def test_filtered(self, five):
        assert timeline("data.n >= 3").total() == 2

    @pytest.mark.parametrize(
        ("hours", "seconds"), [(1, 60), (30, 600), (24 * 7, 3600), (24 * 60, 24 * 3600)], ids=str
    )
    def test_spans_are_such_that_there_are_some_hundreds(self, log, hours, seconds):
        for number in range(2):
            add(f"e{number}", created=at(-60 * hours * number))
        found = timeline("", Range(NOON - timedelta(hours=hours), NOON))
        assert found.seconds == seconds
        assert 60 <= len(found.begins) <= 505
        assert found.total() == 2

    def test_of_no_log(self, log):
        assert timeline("").begins == ()

    def test_a_range_that_goes_on_for_ever_ends_with_the_log(self, five):
        found = timeline("", Range(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)))
        assert found.total() == 5
        assert len(found.begins) < 4000

    def test_moments_that_nobody_can_read(self, log):
        add("odd", created="whenever")
        add("odd too", created="")
        timeline("")


class TestRecentErrors:
    def test_of_a_day(self, five):
        assert count_recent_errors(NOON, 100) == 1
        assert count_recent_errors(NOON + timedelta(hours=4), 100) == 0

    def test_looks_at_so_many_only(self, log):
        for number in range(5):
            add(f"e{number}", level=8, created=at(number))
        assert count_recent_errors(NOON, 3) == 3


class TestEndpoints:
    def add(self, number: int, **data) -> None:
        add(f"r{number:03}", created=at(number), data={**REQUEST, **data})

    def test_by_method_and_route(self, log):
        for number, took in enumerate((1.0, 2.0, 30.0, 4.0)):
            self.add(number, url=f"/api/collections/posts/records/k3v9c2m8q1xw7t{number}?x=1", execTime=took)
        self.add(7, url="/api/health", status=503, execTime=3)
        add("other", data={"job": 1})
        found = measure("", most_endpoints=9, most_slow=2)
        assert (found.count, found.is_all) == (5, True)
        records, health = found.endpoints
        assert (records.method, records.route) == ("GET", "/api/collections/posts/records/:id")
        assert (records.count, records.failed, records.median, records.most) == (4, 0, 4.0, 30.0)
        assert (health.count, health.failed, records.percent + health.percent) == (1, 1, 100)
        assert ids(found.slowest) == ["r002", "r003"]

    def test_looks_at_the_newest_ones_and_no_more(self, log, monkeypatch):
        monkeypatch.setattr(endpoints, "MOST_REQUESTS", 3)
        monkeypatch.setattr(endpoints, "_ROWS_AT_A_TIME", 2)
        asked = []
        before = browsing.entries_before
        monkeypatch.setattr(
            endpoints, "entries_before", lambda *args, **rest: asked.append(args[2]) or before(*args, **rest)
        )
        for number in range(9):
            self.add(number)
        found = measure("", most_endpoints=9, most_slow=1)
        assert (found.count, found.is_all, found.since) == (3, False, at(6))
        assert asked == [2, 1]

    @pytest.mark.parametrize(
        "data", [{"execTime": "slow"}, {"url": None}, {"status": "?"}, {"method": ["GET"]}]
    )
    def test_bears_what_others_wrote(self, log, data):
        self.add(1, **data)
        assert measure("", most_endpoints=9, most_slow=1).count == 1
