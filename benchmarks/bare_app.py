"""The yardstick: an ASGI application that does Joey's SQL and JSON and nothing else, on the same server.

It runs the statements of a plan (`benchmarks.plan`), makes the same answers from the rows, and knows no
routes, rules, tokens, filters, checks or errors. `/pool/NAME` works on a thread pool as Joey's pool lane
does, `/inline/NAME` on the event loop's thread.
"""

import asyncio
import json
import random
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from gunicorn.app.base import BaseApplication

from benchmarks.plan import Work
from config import env
from platform_app.database.sqlite_driver import sqlite3
from system_app.serving import BACKLOG, JoeyWorker

_BOOLEANS = {"public"}
_JSON_TEXTS = {"type"}
_ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_PRAGMAS = (
    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32000; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=10000"
)

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class BareApp:
    """Answers `/LANE/NAME` and, for a single record, `/LANE/NAME/ID`; anything else with an empty object."""

    def __init__(self, database: Path, plan: list[Work]) -> None:
        self.database = database
        self.works = {work.name: work for work in plan}
        self.pool = ThreadPoolExecutor(8)
        self.local = threading.local()
        # Without it the threads would meet at SQLite's lock, and poll.
        self.writers = threading.Lock()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        _, lane, *rest = [*scope["path"].split("/"), ""][:4]
        work = self.works.get(rest[0]) if rest else None
        if work is None:
            body = b"{}"
        else:
            sent = await _body(receive) if work.statements else b""
            if lane == "pool":
                loop = asyncio.get_running_loop()
                body = await loop.run_in_executor(self.pool, self.answer, work, rest[-1], sent)
            else:
                body = self.answer(work, rest[-1], sent)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def answer(self, work: Work, record_id: str, sent: bytes) -> bytes:
        if work.statements:
            return orjson.dumps(self._written(work, record_id, orjson.loads(sent)))
        connection = self._connection()
        if not work.per_page:
            cursor = connection.execute(work.rows_sql, (record_id,))
            return orjson.dumps(_records(cursor, work)[0])
        items = _records(connection.execute(work.rows_sql), work)
        total = pages = -1
        if work.count_sql:
            total = connection.execute(work.count_sql).fetchone()[0]
            pages = -(-total // work.per_page)
        page = {"items": items, "page": 1, "perPage": work.per_page, "totalItems": total, "totalPages": pages}
        return orjson.dumps(page)

    def _written(self, work: Work, record_id: str, sent: dict[str, Any]) -> dict[str, Any]:
        """The record that is new, or changed; no answer tells what a check would have refused."""
        connection = self._connection()
        updated = datetime.now(UTC).isoformat(" ", "milliseconds").replace("+00:00", "Z")
        *checks, write = work.statements
        was: dict[str, Any] = {}
        if work.method == "POST":
            collection_id, collection_name = work.collection
            record = {"collectionId": collection_id, "collectionName": collection_name, **sent}
            record |= {"id": "".join(random.choices(_ID_CHARACTERS, k=15)), "created": updated}  # noqa: S311
        else:
            row_sql, *checks = checks
            cursor = connection.execute(row_sql, {"id": record_id})
            row = cursor.fetchone()
            was = {f"was_{column[0]}": value for column, value in zip(cursor.description, row, strict=True)}
            record = _decoded(cursor, row, work) | sent
        record["updated"] = updated
        values = {**record, **was, **{name: orjson.dumps(record[name]).decode() for name in _JSON_TEXTS}}
        for sql in checks:
            connection.execute(sql, values).fetchall()
        with self.writers:
            connection.execute(write, values)
        return record

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = sqlite3.connect(self.database, isolation_level=None)
            connection.executescript(_PRAGMAS)
        return connection


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _records(cursor: sqlite3.Cursor, work: Work) -> list[dict[str, Any]]:
    return [_decoded(cursor, row, work) for row in cursor.fetchall()]


def _decoded(cursor: sqlite3.Cursor, row: tuple[Any, ...], work: Work) -> dict[str, Any]:
    collection_id, collection_name = work.collection
    record: dict[str, Any] = {"collectionId": collection_id, "collectionName": collection_name}
    for (name, *_), value in zip(cursor.description, row, strict=True):
        if name in _BOOLEANS:
            record[name] = value == 1
        elif name in _JSON_TEXTS:
            record[name] = orjson.Fragment(value)
        else:
            record[name] = value
    return record


class BareWorker(JoeyWorker):
    """Joey's, for an application that is only asked, never started."""

    CONFIG_KWARGS = {**JoeyWorker.CONFIG_KWARGS, "lifespan": "off"}


class _Server(BaseApplication):  # type: ignore[misc]
    def load_config(self) -> None:
        self.cfg.set("bind", f"127.0.0.1:{env.integer('PORT', 8091)}")
        self.cfg.set("worker_class", "benchmarks.bare_app.BareWorker")
        self.cfg.set("backlog", BACKLOG)
        self.cfg.set("keepalive", 75)
        self.cfg.set("loglevel", "warning")

    def load(self) -> BareApp:
        plan = json.loads(env.path("BENCH_PLAN", Path("plan.json")).read_text(encoding="utf-8"))
        return BareApp(env.path("DATA_DIR", Path("pb_data")) / "data.db", [Work(**work) for work in plan])


if __name__ == "__main__":
    _Server().run()
