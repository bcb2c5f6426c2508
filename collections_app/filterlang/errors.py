"""FilterError: why a filter, rule or sort cannot be used."""


class FilterError(ValueError):
    """A filter, rule or sort that cannot be read or resolved.

    The text says what was expected and, where one is known, at which character (counted from 1).
    Callers turn it into their own answer: 400 for a client's filter, 404 or 400 for a stored rule.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} at {position + 1}")
        self.position = position
