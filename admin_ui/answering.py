"""`answering`: a view of ours answers refusals of the services with pages, and bears a schema that moves."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from collections_app.stale_schema import with_fresh_schema
from platform_app.requests.answers import error_response
from platform_app.wire.errors import ApiError

View = Callable[..., HttpResponseBase]


def answering(view: View) -> View:
    """`view` as Django calls it; the middleware makes a page of the answer that an ApiError gets."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return with_fresh_schema(lambda: view(request, *args, **kwargs))
        except ApiError as error:
            return error_response(error)

    return answer
