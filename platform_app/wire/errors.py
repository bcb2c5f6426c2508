"""What can go wrong, as classes; `platform_app.requests.answers` alone turns them into answers."""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    ValidationError,
)
from django.http import Http404

from platform_app.wire.blanks import BLANKS

logger = logging.getLogger(__name__)

DEFAULT_MESSAGES = {
    400: "Something went wrong while processing your request.",
    401: "Missing or invalid authentication.",
    403: "You are not allowed to perform this request.",
    404: "The requested resource wasn't found.",
    413: "Request entity too large.",
    429: "Too Many Requests.",
    500: "Something went wrong while processing your request.",
}


class FieldError(Exception):
    """One rejected value: a stable code for programs and a sentence for people.

    `params` fills the sentence's gaps and travels beside it, when it is not empty.
    """

    def __init__(self, code: str, message: str, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = dict(params or {})

    def __repr__(self) -> str:
        return f"FieldError({self.code!r}, {self.message!r}, {self.params!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldError) and (self.code, self.message, self.params) == (
            other.code,
            other.message,
            other.params,
        )

    def __hash__(self) -> int:
        return hash((self.code, self.message))


# Field errors by name; a nested mapping describes an object or a list (with "0", "1", ... as keys).
ErrorTree = Mapping[str, "FieldError | ErrorTree"]


class ApiError(Exception):
    """An answer other than 2xx: `status`, a sentence, and the errors of the submitted values."""

    status = 400

    def __init__(
        self, message: str = "", data: ErrorTree | None = None, *, status: int | None = None
    ) -> None:
        if status is not None:
            self.status = status
        self.message = message or DEFAULT_MESSAGES.get(self.status) or HTTPStatus(self.status).phrase
        self.data: ErrorTree = data or {}
        super().__init__(self.message)


class BadRequest(ApiError):
    status = 400


class Unauthorized(ApiError):
    status = 401


class Forbidden(ApiError):
    status = 403


class NotFound(ApiError):
    status = 404


class RecordGone(NotFound):
    """A stored record was deleted by somebody else before it could be written or deleted."""


class TooLarge(ApiError):
    status = 413


class TooManyRequests(ApiError):
    status = 429


class BatchRequestFailed(FieldError):
    """Why one request of a batch failed: the answer that it would have got alone."""

    def __init__(self, response: ApiError) -> None:
        super().__init__("batch_request_failed", "Batch request failed.")
        self.response = response


_BAD_INPUT = (SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent)


def as_api_error(error: BaseException) -> ApiError:
    """The answer to an exception, which becomes its cause; a plain 500 for what no class foresaw.

    Every 500 is logged here, whoever chose it.
    """
    answer = _answer_to(error) or ApiError(status=500)
    if answer is not error:
        answer.__cause__ = error
    if answer.status >= 500:
        logger.error("answered with %d: %s", answer.status, answer.message, exc_info=error)
    return answer


def as_refusal(error: Exception) -> ApiError:
    """The answer to what people's own code raised, such as a receiver of a request's hook, or a route.

    It is a plain 400 for what no class foresaw: the reference keeps 500 for a server that broke. What is so
    hidden from the client is logged.
    Reference: tools/router/error.go (ToApiError), PocketBase v0.39.11.
    """
    answer = BadRequest(data=error.errors) if isinstance(error, Invalid) else _answer_to(error)
    if answer is None:
        logger.error("code of your own failed: %s", error, exc_info=error)
        answer = BadRequest()
    if answer is not error:
        answer.__cause__ = error
    return answer


def _answer_to(error: BaseException) -> ApiError | None:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, Http404 | ObjectDoesNotExist | FileNotFoundError):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return Forbidden()
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, _BAD_INPUT):
        return BadRequest()
    return None


def required() -> FieldError:
    return FieldError("validation_required", "Cannot be blank.")


def sentenize(text: str) -> str:
    """Make a sentence of `text`: trimmed, first letter upper-case, closed by `.`, `?` or `!`.

    >>> sentenize("failed to load")
    'Failed to load.'
    """
    text = text.strip(BLANKS)
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else text + "."


class Invalid(Exception):
    """A record or collection whose values were refused; the caller says in which sentence."""

    def __init__(self, errors: ErrorTree) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def sentences(errors: ErrorTree, path: str = "") -> Iterator[str]:
    """What is wrong, for people at a terminal: `password: Cannot be blank.`"""
    for name, error in errors.items():
        if isinstance(error, FieldError):
            yield f"{path}{name}: {error.message}"
        else:
            yield from sentences(error, f"{path}{name}.")


def errors_of(error: ValidationError) -> ErrorTree:
    """Django's own report of refused values, each field's first error; none for one that names no fields."""
    if not hasattr(error, "error_dict"):
        return {}
    return {
        name: FieldError(first.code or "validation_invalid_value", " ".join(first.messages))
        for name, (first, *_) in error.error_dict.items()
        if name != NON_FIELD_ERRORS
    }


class RequiredReference(Exception):
    """A record cannot go, because another one must point at it."""
