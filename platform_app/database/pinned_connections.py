"""The connections of snapshots: each shows the state in which its read transaction began, or nothing.

They are set up as all others are, but cannot write, and any thread may use them, one at a time.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error, NotSupportedError, OperationalError, connections
from django.db.utils import DatabaseErrorWrapper

from platform_app.database.rows import StandIn

# They are opened, and begin, while somebody's write goes on. SQLite keeps a reader waiting at moments only;
# PostgreSQL may be out of reach for new connections. Its client waits for two seconds at least.
_BUSY_SECONDS = 0.1
_CONNECT_SECONDS = 2
# How often a statement is interrupted that should have ended: it may not have begun the first time.
_INTERRUPT_SECONDS = 0.05


class SnapshotOver(OperationalError):
    """The state is not there any more: given back, out of time, or its connection is lost."""


class PinnedConnection(ABC):
    """A connection that is open from the start, whoever else uses `connections`. Raises Django's errors."""

    def __init__(self) -> None:
        self._wrapper = _like_usual(self._options)
        self._wrapper.inc_thread_sharing()
        self._errors = DatabaseErrorWrapper(self._wrapper)
        self._driver_error: type[Exception] = self._wrapper.Database.Error
        self._stand_in = StandIn(self._wrapper)
        self._statement = threading.RLock()  # held while one runs
        self._has_failed = False  # something did, since it began
        self._wrapper.ensure_connection()
        self._wrapper.wrap_database_errors = _WhilePinned(self)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def begin(self) -> None:
        """Pin the state that is committed now."""
        self._has_failed = False
        with self._errors:
            self._begin(self._raw)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Meanwhile it is this thread's connection to the default database."""
        try:
            with self._stand_in.used():
                yield
        except BaseException:
            self._has_failed = True
            raise
        finally:
            with suppress(Error), self._wrapper.wrap_database_errors:
                self._leave(self._raw)

    def end(self, *, is_used: bool) -> bool:
        """End the transaction, and what runs in it; whether the connection may begin another one.

        `is_used` says that a thread may still have it: for that one, nothing may follow.
        """
        with self._silent():
            may_begin = (
                not is_used and self._is_pinned() and self._is_clean() and not self._stand_in.is_bloated
            )
            if may_begin:
                try:
                    self._raw.execute("ROLLBACK")
                except self._driver_error:
                    may_begin = False
            if not may_begin:
                self.close()
        return may_begin

    def close(self) -> None:
        raw, self._wrapper.connection = self._wrapper.connection, None
        if raw is not None:
            with suppress(self._driver_error):
                raw.close()

    @property
    def _raw(self) -> Any:
        return self._wrapper.connection

    @contextmanager
    def _silent(self) -> Iterator[None]:
        """No statement runs meanwhile, and one that did is interrupted."""
        while not self._statement.acquire(timeout=_INTERRUPT_SECONDS):
            with suppress(self._driver_error):
                self._interrupt()
        try:
            yield
        finally:
            self._statement.release()

    def enter_statement(self) -> None:
        """Raises SnapshotOver when the state is not there any more: the connection would show the present."""
        self._statement.acquire()
        if not self._is_pinned():
            self._statement.release()
            raise SnapshotOver("the snapshot is over")

    def leave_statement(self, *, has_failed: bool) -> None:
        try:
            if has_failed:
                self._has_failed = True
                if self._raw is not None:
                    self._recover(self._raw)
        finally:
            self._statement.release()

    def convert_error(self, *error: Any) -> None:
        """Raise Django's error for the driver's."""
        self._errors.__exit__(*error)

    # --- what engines differ in ---

    @abstractmethod
    def _options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Those of other connections, and what keeps this one short and from writing."""

    @abstractmethod
    def _check(self) -> None:
        """Raises NotSupportedError where a pinned state would be in the way of those who write."""

    @abstractmethod
    def _begin(self, raw: Any) -> None: ...

    @abstractmethod
    def _is_pinned(self) -> bool:
        """Whether the transaction is still open."""

    @abstractmethod
    def _is_clean(self) -> bool:
        """Whether nothing is left on the connection that would outlive the transaction."""

    @abstractmethod
    def _recover(self, raw: Any) -> None:
        """After an error: make the next statement possible."""

    @abstractmethod
    def _leave(self, raw: Any) -> None:
        """Give back what only reading needed."""

    @abstractmethod
    def _interrupt(self) -> None: ...


def _like_usual(options: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Any:
    """A Django connection to the default database, but for its options; not open yet."""
    usual = connections["default"]
    settings = {**usual.settings_dict, "OPTIONS": options(usual.settings_dict["OPTIONS"])}
    return type(usual)(settings, usual.alias)


class _WhilePinned(DatabaseErrorWrapper):
    """What Django and `rows` put around each use of the connection."""

    def __init__(self, connection: PinnedConnection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.enter_statement()

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        self._connection.leave_statement(has_failed=kind is not None)
        self._connection.convert_error(kind, error, traceback)


class _Sqlite(PinnedConnection):
    def _options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        # One record is looked at, and little beside it: the pages of few others need to stay in memory.
        commands = f"{options.get('init_command', '')}; PRAGMA cache_size=-2000; PRAGMA query_only=ON"
        return {**options, "timeout": _BUSY_SECONDS, "init_command": commands}

    def _check(self) -> None:
        # Without the log, or in memory, a reader locks writers out.
        mode = self._raw.execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal":
            raise NotSupportedError(f"no snapshot can be kept: the journal mode is {mode}")

    def _begin(self, raw: Any) -> None:
        raw.execute("BEGIN")
        # The state is that of the first read; this one needs no schema, which may have to be read anew.
        raw.execute("PRAGMA user_version").fetchall()

    def _is_pinned(self) -> bool:
        try:
            return self._raw is not None and bool(self._raw.in_transaction)
        except self._driver_error:  # closed by somebody
            return False

    def _is_clean(self) -> bool:
        # A cursor that is not read to its end keeps the state, even beyond ROLLBACK. Only the traceback of
        # an error keeps cursors.
        return not self._has_failed

    def _recover(self, raw: Any) -> None:
        pass  # what was read stays read

    def _leave(self, raw: Any) -> None:
        pass

    def _interrupt(self) -> None:
        if (raw := self._raw) is not None:
            raw.interrupt()


class _Postgresql(PinnedConnection):
    # The state is that of the first query. The timeout is for a process that hangs: while a transaction is
    # open nothing can be cleared away.
    _BEGIN = (
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
        "SET LOCAL idle_in_transaction_session_timeout = '60s'; SELECT 1; SAVEPOINT pinned"
    )
    _RETURN = "ROLLBACK TO SAVEPOINT pinned"

    def _options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {**options, "connect_timeout": _CONNECT_SECONDS, "tcp_user_timeout": 1000 * _CONNECT_SECONDS}

    def _check(self) -> None:
        pass

    def _begin(self, raw: Any) -> None:
        raw.execute(self._BEGIN)

    def _is_pinned(self) -> bool:
        return self._raw is not None and bool(self._raw.info.transaction_status.name == "INTRANS")

    def _is_clean(self) -> bool:
        return True

    def _recover(self, raw: Any) -> None:
        # An error ends all but what stands before it.
        if raw.info.transaction_status.name == "INERROR":
            with suppress(self._driver_error):
                raw.execute(self._RETURN)

    def _leave(self, raw: Any) -> None:
        # The locks on the tables that were read would keep their columns from changing.
        raw.execute(self._RETURN)

    def _interrupt(self) -> None:
        if (raw := self._raw) is not None:
            raw.cancel_safe(timeout=_CONNECT_SECONDS)


def open_pinned() -> PinnedConnection:
    """Raises Django's errors when there is no connection, or NotSupportedError where none can be pinned."""
    return _Sqlite() if connections["default"].vendor == "sqlite" else _Postgresql()


__all__ = ["PinnedConnection", "SnapshotOver", "open_pinned"]
