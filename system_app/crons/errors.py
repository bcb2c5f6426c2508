"""What can go wrong with jobs by the clock."""


class JobFailed(Exception):
    """A job ended before it was done; the message names it, and `why` does not."""

    def __init__(self, job_id: str, how: str, why: str) -> None:
        super().__init__(f"cron {job_id!r} {how}: {why}")
        self.why = why
