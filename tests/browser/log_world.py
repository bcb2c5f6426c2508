"""A log with something to look at: four hours of requests, slow ones, failures, and what is no request."""

import json
import subprocess

from tests.served import ROOT, Server, manage

HOSTILE_MESSAGE = 'GET /api/"><img src=x onerror=alert(1)><script>alert(2)</script>'
ENTRIES = 420
# Runs in a process of its own, beside the server. Every moment is before now.
_FILL = """
import json, sys
from datetime import UTC, datetime, timedelta
from system_app.logs.rows_sql import Row, insert
rows = []
now = datetime.now(UTC)
for seconds_ago, level, message, data in json.load(sys.stdin):
    moment = now - timedelta(seconds=seconds_ago)
    created = moment.isoformat(" ", "milliseconds")[:23] + "Z"
    text = json.dumps(data, separators=(",", ":"))
    rows.append(Row(f"log{len(rows):012}", level, message, text, created))
insert(rows)
"""
_PLACES = (
    ("GET", "posts/records?page=1&perPage=40&sort=-published"),
    ("GET", "posts/records/w8e1u6s3j9lm0qc?expand=author,tags"),
    ("POST", "orders/records"),
    ("PATCH", "posts/records/k3v9c2m8q1xw7tz"),
    ("GET", 'comments/records?filter=post.author.name~"sa"'),
    ("DELETE", "comments/records/a2p6v8c4d1ws7jy"),
    ("POST", "users/auth-refresh"),
    ("GET", "products/records?perPage=200&skipTotal=1"),
)


def fill_log(server: Server, people: list[str]) -> None:
    """Write the entries; `people` are ids of `users`."""
    entries = [_entry(at, people) for at in range(ENTRIES)]
    entries.append((1, 0, HOSTILE_MESSAGE, {"note": HOSTILE_MESSAGE, "nested": {HOSTILE_MESSAGE: [1, None]}}))
    command = manage(server.output.with_name("pb_data"), "shell", "-v", "0", "-c", _FILL)
    subprocess.run(command, cwd=ROOT, check=True, input=json.dumps(entries).encode())  # noqa: S603 - our own command


def _entry(at: int, people: list[str]) -> tuple[float, int, str, dict[str, object]]:
    """Seconds ago, level, message and data: in order, with a burst of errors two hours ago."""
    seconds_ago = (ENTRIES - at) * 37.0 + 20
    if at % 60 == 7:
        data: dict[str, object] = {"job": "cleanup", "deleted": at, "took": "1.2s"}
        return seconds_ago, 4 if at % 120 == 7 else -4, "a job was late", data
    method, rest = _PLACES[at % len(_PLACES)]
    url = f"/api/collections/{rest}"
    is_bad = 190 < at < 215 or at % 45 == 0
    data = {"auth": "users" if at % 3 else "", "execTime": round(0.4 + at * 7 % 50 / 9, 6)}
    if at % 3:
        data["authId"] = people[at % len(people)]
    if at % 71 == 3:
        data["execTime"] = 841.25
    data |= {
        "method": method,
        "referer": "https://fernweh.example/cart" if at % 4 else "",
        "remoteIP": "10.0.0.4",
        "status": 400 if is_bad else 204 if method == "DELETE" else 200,
        "type": "request",
        "url": url,
        "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X)",
        "userIP": f"203.0.113.{at % 40}",
    }
    if is_bad:
        data["details"] = {
            "data": {"quantity": {"code": "validation_min_number_constraint", "params": {"min": 1}}}
        }
        data["error"] = "Failed to create record."
    return seconds_ago, 8 if is_bad else 0, f"{method} {url}", data
