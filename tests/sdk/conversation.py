"""A conversation with a script that listens: it asks for favours as it goes, and hands over what it got."""

import json
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MOST_SECONDS = 300.0  # only for what hangs
MOST_COMPLAINTS = 2000  # characters: node quotes the SDK, which is one line

# What the script asks for by name, with values from JSON; it goes on when this returns.
Favour = Callable[..., object]


def converse(
    folder: Path, script: str, arguments: list[str], favours: Mapping[str, Favour]
) -> dict[str, Any]:
    """What the script got, by claim. Raises AssertionError with what it complained about, if anything."""
    errors = folder / f"{script}.errors"
    with (
        errors.open("w", encoding="utf-8") as stderr,
        subprocess.Popen(  # noqa: S603 - our own
            ["node", script, *arguments],  # noqa: S607
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        timer = threading.Timer(MOST_SECONDS, process.kill)
        timer.start()
        try:
            results = _results(process, favours)
        finally:
            timer.cancel()
            process.kill()
    complaints = errors.read_text(encoding="utf-8")[-MOST_COMPLAINTS:]
    assert results is not None and not complaints, complaints or "the script ended before it was done"
    return results


def _results(process: "subprocess.Popen[str]", favours: Mapping[str, Favour]) -> dict[str, Any] | None:
    assert process.stdin and process.stdout
    for line in process.stdout:
        said = json.loads(line)
        if "results" in said:
            results: dict[str, Any] = said["results"]
            return results
        favours[said["favour"]](*said["values"])
        process.stdin.write("done\n")
        process.stdin.flush()
    return None
