"""How long a delivery may take: so long for each step, and so long for all of them."""

import time

from platform_app.mail.errors import MailTooSlow


class Deadline:
    """Begins when it is made."""

    def __init__(self, *, seconds: float, step_seconds: float) -> None:
        self.seconds = seconds
        self.step_seconds = step_seconds
        self.begin()

    def begin(self) -> None:
        """Count from now on."""
        self._ends_at = time.monotonic() + self.seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def step(self) -> float:
        """The seconds that the next step may take; more than none. Raises MailTooSlow at the end."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise MailTooSlow(f"the mail was not delivered within {self.seconds:g} s")
        return min(left, self.step_seconds)
