"""What can go wrong with backups."""


class BackupFailed(Exception):
    """A backup was not made, or is of no use; a sentence says why. Nothing has changed."""


class AnotherRuns(BackupFailed):
    """One backup or restore at a time, in all processes of an installation."""

    def __init__(self) -> None:
        super().__init__("another backup or restore has already been started")
