"""JSON over several lines, for people who read or copy it."""

import json
from typing import Any

from platform_app.wire.json_encoding import encode


def pretty_json(value: Any) -> str:
    """As the API would send it, indented; it may hold kinds that only our own writer knows."""
    return json.dumps(json.loads(encode(value)), indent=2, ensure_ascii=False)
