"""The yardstick: an ASGI application that does Joey's SQL and JSON and nothing else, on the same server.

It runs the statements of a plan (`benchmarks.seed`), makes the same answers from the rows, and knows no
routes, rules, tokens, filters or errors. `/pool/NAME` works on a thread pool as Joey's pool lane does,
`/inline/NAME` on the event loop's thread.
"""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
from gunicorn.app.base import BaseApplication

from benchmarks.seed import Work
from config import env
from system_app.serving import BACKLOG, JoeyWorker

_BOOLEANS = {"public"}
_JSON_TEXTS = {"type"}

Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class BareApp:
    """Answers `/LANE/NAME` and, for a view, `/LANE/NAME/ID`; anything else with an empty object."""

    def __init__(self, database: Path, plan: list[Work]) -> None:
        self.database = database
        self.works = {work.name: work for work in plan}
        self.pool = ThreadPoolExecutor(8)
        self.local = threading.local()

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Send) -> None:
        _, lane, *rest = [*scope["path"].split("/"), ""][:4]
        work = self.works.get(rest[0]) if rest else None
        if work is None:
            body = b"{}"
        elif lane == "pool":
            body = await asyncio.get_running_loop().run_in_executor(self.pool, self.answer, work, rest[-1])
        else:
            body = self.answer(work, rest[-1])
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def answer(self, work: Work, record_id: str) -> bytes:
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

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = sqlite3.connect(self.database)
            connection.executescript("PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32000")
        return connection


def _records(cursor: sqlite3.Cursor, work: Work) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    collection_id, collection_name = work.collection
    records = []
    for row in cursor.fetchall():
        record: dict[str, Any] = {"collectionId": collection_id, "collectionName": collection_name}
        for name, value in zip(names, row, strict=True):
            if name in _BOOLEANS:
                record[name] = value == 1
            elif name in _JSON_TEXTS:
                record[name] = orjson.Fragment(value)
            else:
                record[name] = value
        records.append(record)
    return records


class _Server(BaseApplication):  # type: ignore[misc]
    def load_config(self) -> None:
        self.cfg.set("bind", f"127.0.0.1:{env.integer('PORT', 8091)}")
        self.cfg.set("worker_class", f"{JoeyWorker.__module__}.{JoeyWorker.__qualname__}")
        self.cfg.set("backlog", BACKLOG)
        self.cfg.set("keepalive", 75)
        self.cfg.set("loglevel", "warning")

    def load(self) -> BareApp:
        plan = json.loads(env.path("BENCH_PLAN", Path("plan.json")).read_text(encoding="utf-8"))
        return BareApp(env.path("DATA_DIR", Path("pb_data")) / "data.db", [Work(**work) for work in plan])


if __name__ == "__main__":
    _Server().run()
