"""What the feed `copies` tells of a copy of files, while it runs and at its end (docs/reference/feeds.md)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from platform_app.database.ids import new_record_id
from realtime_app.feeds import feeds

if TYPE_CHECKING:
    from files_app.copying import Outcome


class CopyFeed:
    """One copy of all files."""

    def __init__(self, to: str) -> None:
        self._copy = {"id": new_record_id(), "to": to}
        self._done = 0

    def count(self) -> None:
        """One more file is done."""
        self._done += 1
        self._tell("progress", key=self._copy["id"])

    def finish(self, counts: "Mapping[Outcome, int]") -> None:
        """All are done; `counts` is how many of them came to what."""
        self._tell("finished", counts=counts)

    def fail(self, error: BaseException) -> None:
        """It was broken off."""
        self._tell("failed", error=str(error) or type(error).__name__)

    def _tell(self, event: str, *, key: str = "", **more: Any) -> None:
        feeds.send("copies", event, {**self._copy, "done": self._done, **more}, key=key)


@contextmanager
def told(to: str) -> Iterator[CopyFeed]:
    """Tell of a copy to `to`, to its end."""
    feed = CopyFeed(to)
    try:
        yield feed
    except BaseException as error:
        feed.fail(error)
        raise
    finally:
        feeds.flush()
