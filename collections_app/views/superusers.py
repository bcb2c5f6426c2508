"""Guard of the routes that only superusers may use (contract/auth.md 2)."""

from django.http import HttpRequest

from collections_app.records.record import Record
from collections_app.request_info import SUPERUSERS
from platform_app.wire.errors import Forbidden, Unauthorized


def require_superuser(request: HttpRequest) -> Record:
    """The signed-in superuser. Raises Unauthorized for a guest, Forbidden for any other record."""
    record: Record | None = getattr(request, "auth_record", None)
    if record is None:
        raise Unauthorized("The request requires valid record authorization token.")
    if record.collection.name != SUPERUSERS:
        raise Forbidden("The authorized record is not allowed to perform this action.")
    return record
