"""One save or delete of a record under way: its hooks, and the files to tidy up when it ends.

Reference: contract/hooks.md 2.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from collections_app.commits import is_witnessed
from collections_app.events import RECORD_HOOKS, RecordEvent
from collections_app.records.record import Record
from collections_app.records.writing.files import remove_paths, remove_record_files
from platform_app.database.lanes import NeedsPool, require_pool
from platform_app.database.transactions import after_commit
from platform_app.hooks.chains import ALONE, chain
from platform_app.hooks.groups import around_both, around_front, around_rest
from platform_app.hooks.operation_hooks import OperationType
from platform_app.wire.errors import ApiError

logger = logging.getLogger(__name__)


class Operation(AbstractContextManager["Operation"]):
    """A `with` block around the operation.

    Leaving it well runs the success hooks, at the outermost commit; an error runs the error hooks at once.
    The files go by what becomes of the row, whatever a hook says of it afterwards.
    """

    def __init__(
        self,
        record: Record,
        kind: OperationType,
        renew: Callable[[Record, Record], None],
        *,
        validates: bool = False,
        must_exist: bool = True,
    ) -> None:
        self.event = RecordEvent(record, kind)
        self.hooks = RECORD_HOOKS[kind]
        self.has_receivers = self.hooks.group.has_receivers_for(record.collection.tags)
        self.was_new = record.is_new
        self.renew = renew  # see `saving.Renew`
        self.validates = validates
        self.must_exist = must_exist  # else it is no error when somebody else deleted the row
        self.is_written = False
        # Whether the write's own transaction has ended well: nothing but hooks can fail any more.
        self.is_through = False
        self.stored_paths: list[str] = []
        self.obsolete_paths: list[str] = []

    @property
    def record(self) -> Record:
        """The record; a hook may have put another one in its place."""
        return self.event.record

    @property
    def has_execute_hooks(self) -> bool:
        return self.has_receivers and self.hooks.execute.has_receivers_for(self.event.tags)

    # Blocks of hooks; the value of each says whether to go on.

    def front(self) -> AbstractContextManager[bool]:
        """What comes before everything that the server itself does."""
        return around_front(self.hooks.own, self.hooks.model, self.event) if self.has_receivers else ALONE

    def around(self) -> AbstractContextManager[bool]:
        """What comes around the whole operation."""
        return around_rest(self.hooks.own, self.hooks.model, self.event) if self.has_receivers else ALONE

    def around_execute(self) -> AbstractContextManager[bool]:
        """What comes around the checks and files of the write."""
        record, model = self.hooks.own_execute, self.hooks.model_execute
        if not self.has_execute_hooks:
            return ALONE
        return chain(self.event, model.front(), record.front(), record.rest())

    def around_row(self) -> AbstractContextManager[bool]:
        """What comes around the statement alone."""
        return chain(self.event, self.hooks.model_execute.rest()) if self.has_receivers else ALONE

    def __enter__(self) -> "Operation":
        is_short = self.event.type != "delete" and not self.record.collection.is_auth
        if not is_short or self.has_receivers or is_witnessed():
            require_pool()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            after_commit(self._succeed, self._fail)
            return
        if isinstance(error, NeedsPool):
            return  # nothing happened yet; it will, in another thread
        if self.is_through:
            after_commit(self._tidy, self._take_back)
        else:
            self._take_back(error)
        try:
            self._tell(error)
        except ApiError as raised:
            # Of two errors the client sees the one that was meant for it.
            if not isinstance(error, ApiError):
                raise raised from error
        except Exception:
            logger.exception("an error hook of %r failed", self.record)

    def _succeed(self) -> None:
        record = self.record
        self._tidy()
        with around_both(self.hooks.own_success, self.hooks.model_success, self.event):
            pass
        if self.is_written and self.event.type != "delete":
            record.original = dict(record.values)

    def _tidy(self) -> None:
        """Remove the files that nobody names now that the write is committed."""
        if not self.is_written:
            remove_paths(self.stored_paths)  # a hook stopped the write
        elif self.event.type == "delete":
            remove_record_files(self.record)
        else:
            remove_paths(self.obsolete_paths)

    def _fail(self, error: BaseException) -> None:
        self._take_back(error)
        self._tell(error)

    def _take_back(self, error: BaseException) -> None:
        """Remove the files of a write that did not come about."""
        remove_paths(self.stored_paths)
        if self.was_new:
            self.record.original = None

    def _tell(self, error: BaseException) -> None:
        """Run the error hooks."""
        if isinstance(error, Exception):
            self.event.error = error
            with around_both(self.hooks.own_error, self.hooks.model_error, self.event):
                pass
