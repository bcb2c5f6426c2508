"""What happened, a line each, in a file that the test reads."""

from pathlib import Path

from django.conf import settings


def note(line: str) -> None:
    with Path(settings.JOEY_DATA_DIR, "beside.log").open("a", encoding="utf-8") as log:
        log.write(f"{line}\n")
