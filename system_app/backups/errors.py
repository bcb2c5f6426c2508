"""What can go wrong with backups."""


class BackupFailed(Exception):
    """A backup was not made, or is of no use; a sentence says why. Nothing has changed."""


class Unusable(BackupFailed):
    """What is wrong is the backup itself: another look at it finds the same."""


class AnotherRuns(BackupFailed):
    """One backup or restore at a time, in all processes of an installation."""

    def __init__(self) -> None:
        super().__init__("another backup or restore has already been started")
