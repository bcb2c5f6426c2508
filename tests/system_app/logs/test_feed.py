"""What is written into the log goes to the dashboard's feed as the API shows it."""

import json

from platform_app.wire.json_encoding import encode
from system_app.logs import feed
from system_app.logs.rows_sql import Row


def test_entries_are_told_as_the_api_shows_them(monkeypatch):
    told = []
    monkeypatch.setattr(feed.feeds, "send", lambda *sent: told.append(sent))
    monkeypatch.setattr(feed.feeds, "is_watched", lambda channel: channel == "logs")
    feed.tell_feed([Row("id1", 8, "failed", '{"type":"request","status":500}', "2026-01-02 03:04:05.678Z")])
    (channel, event, entry) = told.pop()
    assert (channel, event, told) == ("logs", "entry", [])
    assert json.loads(encode(entry)) == {
        "id": "id1",
        "created": "2026-01-02 03:04:05.678Z",
        "data": {"type": "request", "status": 500},
        "message": "failed",
        "level": 8,
    }


def test_nothing_is_made_for_nobody(monkeypatch):
    monkeypatch.setattr(feed.feeds, "is_watched", lambda channel: False)
    rows = iter([Row("id1", 8, "failed", "{}", "2026-01-02 03:04:05.678Z")])
    feed.tell_feed(rows)
    assert len(list(rows)) == 1  # nobody looked at it
