"""Whether all that others published has arrived here."""


class Hearing:
    """Finds out by their numbers whether letters of others got lost on the way."""

    # Every command is somebody new.
    MOST_SENDERS = 4096

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def begin(self, sender: str, number: int) -> None:
        """What it sent before does not count."""
        self._last[sender] = max(number, self._last.pop(sender, 0))
        if len(self._last) > self.MOST_SENDERS:
            del self._last[next(iter(self._last))]  # the one that was silent longest

    def has_gap(self, sender: str, number: int, *, is_new_here: bool) -> bool:
        """Whether letters before this one are missing; who is new need not have a stranger's first ones."""
        last = self._last.get(sender, number - 1 if is_new_here else 0)
        self.begin(sender, number)
        return number > last + 1
