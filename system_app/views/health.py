"""`GET /api/health` (contract/system.md 8)."""

from typing import Any

from django.http import HttpRequest

from collections_app.system_names import SUPERUSERS
from collections_app.views.api_view import APIView
from platform_app.requests.client_ip import possible_proxy_header, real_ip
from system_app.backups.turns import running


class Health(APIView):
    """Tells that the server answers; superusers also learn how it sees them."""

    def get(self, request: HttpRequest) -> dict[str, Any]:
        auth = getattr(request, "auth_record", None)
        data: dict[str, Any] = {}
        if auth is not None and auth.collection.name == SUPERUSERS:
            data = {
                "canBackup": running() is None,
                "possibleProxyHeader": possible_proxy_header(request),
                "realIP": real_ip(request),
            }
        return {"message": "API is healthy.", "code": 200, "data": data}
