"""A mail backend that talks to the test's own mail server, which takes connections and never says a word."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend


class SilentServer(EmailBackend):
    def __init__(self, **options: Any) -> None:
        options |= {
            "host": "127.0.0.1",
            "port": int(Path(settings.JOEY_DATA_DIR, "silent.port").read_text()),
            "timeout": 3600,
        }
        super().__init__(**options)
