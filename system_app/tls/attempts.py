"""The last attempts to have certificates issued, in a file: authorities count longer than processes live."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from system_app.tls.certificates import write_file

_FILE = ".attempts.json"


@dataclass(frozen=True)
class Attempt:
    """One that led to nothing: how many have failed in a row by now, when, in seconds since 1970, and why."""

    failures: int
    at: float
    why: str


def last_attempts(folder: Path) -> dict[str, Attempt]:
    """By name. A file that is damaged counts as none."""
    try:
        content = json.loads((folder / _FILE).read_bytes())
        return {name: Attempt(**attempt) for name, attempt in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def note(folder: Path, name: str, attempt: Attempt | None) -> None:
    """The last one for this name; None when the certificate is there. For one process at a time."""
    attempts = last_attempts(folder)
    attempts.pop(name, None)
    if attempt is not None:
        attempts[name] = attempt
    content = {name: asdict(attempt) for name, attempt in attempts.items()}
    write_file(folder / _FILE, json.dumps(content).encode())
