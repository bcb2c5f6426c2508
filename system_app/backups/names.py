"""The names of backups (contract/system.md 7).

Reference: core/base_backup.go, apis/backup_create.go, tools/inflector/inflector.go, PocketBase v0.39.11.
"""

import re
from datetime import UTC, datetime

from platform_app.runtime_settings.current import current
from platform_app.wire.errors import ErrorTree, FieldError

PREFIX = "pb_backup_"
# Of backups by the schedule, of which only the newest are kept.
AUTO_PREFIX = "@auto_pb_backup_"

_MOST_BYTES = 150
_MOST_APP_NAME_BYTES = 50
_CHOSEN = re.compile(r"[a-z0-9_-]+\.zip", re.ASCII)
_SEPARATORS = re.compile(r"[\W_]+", re.ASCII)
_EXISTS = "validation_backup_name_exists"


def name_errors(name: str) -> ErrorTree:
    """Why a new backup cannot be called like this, {} if it can; "" leaves the choice to us."""
    if len(name.encode(errors="replace")) > _MOST_BYTES:
        params = {"min": 1, "max": _MOST_BYTES}
        message = f"The length must be between 1 and {_MOST_BYTES}."
        return {"name": FieldError("validation_length_out_of_range", message, params)}
    if name and not _CHOSEN.fullmatch(name):
        return {"name": FieldError("validation_match_invalid", "Must be in a valid format.")}
    return {}


def taken_name() -> ErrorTree:
    """There is a backup of the chosen name."""
    return {"name": FieldError(_EXISTS, "The backup file name is invalid or already exists.")}


def taken_file_name() -> ErrorTree:
    """There is a backup of the uploaded file's name."""
    return {"file": FieldError(_EXISTS, "Backup file with the specified name already exists.")}


def new_name(prefix: str = PREFIX) -> str:
    """A name for a backup that is made now; two within one second have the same."""
    app_name = _snake_case(current().meta.app_name).encode(errors="replace")
    shown = app_name[:_MOST_APP_NAME_BYTES].decode(errors="ignore")
    return f"{prefix}{shown}_{datetime.now(UTC):%Y%m%d%H%M%S}.zip"


def _snake_case(text: str) -> str:
    """
    >>> _snake_case("My shop, testDB 2")
    'my_shop_test_db_2'
    """
    words = [word for word in _SEPARATORS.split(text) if word]
    return "_".join(re.sub(r"(?<=[^A-Z])(?=[A-Z])", "_", word) for word in words).lower()
