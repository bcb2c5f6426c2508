"""What can go wrong when one process asks another."""


class NoSuchProcess(Exception):
    """No process has this tag, or it has ended without an answer."""


class NoAnswer(Exception):
    """There was no answer in time."""


class AskFailed(Exception):
    """The other process could not answer; the message is what it said."""
