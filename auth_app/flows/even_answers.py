"""Answers that do not tell by their time whether there was somebody."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from platform_app.requests.held_answers import hold_answer

# Well beyond what the work itself differs by; it takes about a millisecond, or a cheap hash.
MAIL_STEP_SECONDS = 0.01
CODE_STEP_SECONDS = 0.05


@contextmanager
def in_steps_of(seconds: float) -> Iterator[None]:
    """Hold the answer to what is done inside until a whole number of steps since it began; not an error's."""
    began = time.monotonic()
    yield
    hold_answer(seconds - (time.monotonic() - began) % seconds)
