"""The log on stdout, one JSON object a line, for who collects the output of processes (LOG_FORMAT=json)."""

import logging
import sys
from collections.abc import Sequence

from platform_app.wire.json_encoding import encode
from platform_app.wire.raw_json import RawJson
from system_app.logs.attributes import as_json
from system_app.logs.levels import level_of, name_of
from system_app.logs.log_handler import attributes_of, message_of
from system_app.logs.moments import stored_moment
from system_app.logs.rows_sql import Row


def line(created: str, level: int, message: str, data: str) -> str:
    """One entry; `data` is the text of a JSON object."""
    entry = {"time": created, "level": name_of(level), "message": message, "data": RawJson(data)}
    return encode(entry).decode()


class JsonFormatter(logging.Formatter):
    """Records of `logging` in the form of the log's entries."""

    def format(self, record: logging.LogRecord) -> str:
        created = stored_moment(record.created)
        data = as_json(attributes_of(record))
        return line(created, level_of(record.levelno), message_of(record), data)


def print_requests(rows: Sequence[Row]) -> None:
    """Print the entries of requests; those of `logging` are printed as they come."""
    lines = [
        line(row.created, row.level, row.message, row.data) for row in rows if '"type":"request"' in row.data
    ]
    if lines:
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
