"""What the log of requests is told by who answers them: what to leave out, and what to say besides.

The log itself belongs to `system_app`; the other apps cannot see it, and need not.
Reference: contract/system.md 5.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from platform_app.requests.asgi import Scope

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# What a finished answer is told to, with the seconds that the request took; it must not wait for anything.
Answered = Callable[[HttpResponseBase, float], None]

# The same of a request that no middleware has seen.
Refused = Callable[[Scope, HttpResponse, float], None]

# Members of a request.
SKIPPED = "_skips_success_log"
META = "_log_meta"
FAILURE = "_log_failure"
CALLER = "_log_caller"


def skip_success_log(request: HttpRequest) -> None:
    """Leave this request out of the log, unless its answer is an error."""
    setattr(request, SKIPPED, True)


def skip_success_activity_log(view: View) -> View:
    """A view whose requests are logged only when they fail: `path("api/x", skip_success_activity_log(x))`."""

    @wraps(view)
    def quiet(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        skip_success_log(request)
        return view(request, *args, **kwargs)

    return quiet  # type: ignore[return-value]


def add_log_meta(request: HttpRequest, meta: Any) -> None:
    """Put a JSON value beside what is logged of this request, as `meta` (PocketBase's `pbLogMeta`)."""
    setattr(request, META, meta)


def log_failure(request: HttpRequest, reason: str) -> None:
    """Log this request as failed, for a reason that its answer keeps from the client."""
    setattr(request, FAILURE, reason)


def log_caller(request: HttpRequest, collection: str, record_id: str) -> None:
    """Say who asked, where it is not the record whose token came along."""
    setattr(request, CALLER, (collection, record_id))
