"""Backups as people ask for them: refused with the API's words, or begun (contract/system.md 7).

Reference: apis/backup.go, apis/backup_create.go, PocketBase v0.39.11.
"""

from concurrent.futures import Future
from typing import Any

from platform_app.wire.errors import BadRequest, ErrorTree
from system_app.backups.beside import begin_backup, begin_restore, begin_verifying
from system_app.backups.names import name_errors, taken_name
from system_app.backups.places import backup_place
from system_app.backups.turns import running
from system_app.backups.uploading import INVALID

_BUSY = "Try again later - another backup/restore process has already been started."
_MISSING = "Missing or invalid backup file."


def require_turn() -> None:
    """Raises BadRequest while another backup or restore runs."""
    if running():
        raise BadRequest(_BUSY)


def ask_for_backup(name: str) -> "Future[Any]":
    """Begin a backup; "" leaves its name to us. Raises BadRequest, and the future may raise anything."""
    require_turn()
    if errors := name_errors(name) or _taken(name):
        raise BadRequest(INVALID, errors)
    return begin_backup(name)


def ask_for_restore(key: str, *, backs_up_first: bool = False) -> "Future[Any]":
    """Begin a restore in a moment. Raises BadRequest."""
    require_turn()
    _require(key)
    return begin_restore(key, backs_up_first=backs_up_first)


def ask_for_verifying(key: str) -> "Future[Any]":
    """Begin to look at a backup. Raises BadRequest, and the future may raise anything."""
    require_turn()
    _require(key)
    return begin_verifying(key)


def delete_backup(key: str) -> None:
    """Raises BadRequest for one that is not there, or in use."""
    now = running()
    if now is not None and now.key == key:
        raise BadRequest("The backup is currently being used and cannot be deleted.")
    try:
        backup_place().delete(key)
    except OSError as error:
        raise BadRequest(f"Invalid or already deleted backup file. Raw error: \n{error}") from error


def _require(key: str) -> None:
    try:
        exists = backup_place().exists(key)
    except OSError as error:
        raise BadRequest(_MISSING) from error
    if not exists:
        raise BadRequest(_MISSING)


def _taken(name: str) -> ErrorTree:
    if not name:
        return {}
    try:
        return taken_name() if backup_place().exists(name) else {}
    except OSError:
        return taken_name()  # it cannot be known
