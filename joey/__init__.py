"""What drop-in files import: the public names for extending, in one place (docs/decisions/0018).

    from joey import route

    @route("GET /hello/{name}")
    def hello(request, name):
        return {"message": f"Hello {name}!"}

Every name lives where its concept does; this module only says where. Apps of ours do not import it.
"""

from django.dispatch import receiver

from collections_app.batch_actions import batch_action
from collections_app.orm import collection_model
from collections_app.views.api_view import request_info
from collections_app.views.guards import auth_record, set_auth_record
from platform_app.requests.body import parse_body, query_values, uploads
from platform_app.requests.client_ip import real_ip, remote_ip
from platform_app.requests.struct_body import bind
from platform_app.wire.errors import (
    ApiError,
    BadRequest,
    FieldError,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthorized,
)
from system_app.crons.registry import cron
from system_app.drop_ins.commands import command
from system_app.jobs.enqueuing import enqueue
from system_app.logs.loggers import logger
from system_app.routing import answers
from system_app.routing.guards import (
    body_limit,
    cors,
    gzip,
    require_auth,
    require_guest,
    require_same_collection,
    require_superuser,
    require_superuser_or_owner,
    skip_success_log,
)
from system_app.routing.mounting import django_middleware, mount
from system_app.routing.records import (
    auth_response,
    can_access,
    enrich_record,
    enrich_records,
    expand_records,
)
from system_app.routing.router import group, middleware, remove, route, use
from system_app.routing.values import path_values, response_headers, store

__all__ = [
    "ApiError",
    "BadRequest",
    "FieldError",
    "Forbidden",
    "NotFound",
    "TooManyRequests",
    "Unauthorized",
    "answers",
    "auth_record",
    "auth_response",
    "batch_action",
    "bind",
    "body_limit",
    "can_access",
    "collection_model",
    "command",
    "cors",
    "cron",
    "django_middleware",
    "enqueue",
    "enrich_record",
    "enrich_records",
    "expand_records",
    "group",
    "gzip",
    "logger",
    "middleware",
    "mount",
    "parse_body",
    "path_values",
    "query_values",
    "real_ip",
    "receiver",
    "remote_ip",
    "remove",
    "request_info",
    "require_auth",
    "require_guest",
    "require_same_collection",
    "require_superuser",
    "require_superuser_or_owner",
    "response_headers",
    "route",
    "set_auth_record",
    "skip_success_log",
    "store",
    "uploads",
    "use",
]
