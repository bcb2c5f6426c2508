"""A write that a request asks for, checked and ready to be done inside its request hook."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collections_app.events import RecordRequestEvent
from collections_app.records.reading.presenting import present
from collections_app.records.record import Record
from collections_app.records.writing.auth_form import AuthForm
from collections_app.records.writing.saving import Renew, save_record
from collections_app.stale_schema import unless_outdated
from platform_app.hooks.hook import Hook
from platform_app.wire.errors import ApiError, BadRequest, Invalid

logger = logging.getLogger(__name__)

Json = dict[str, Any]


@dataclass(frozen=True)
class RequestWrite:
    """`act` does the write and returns the record as the requester may see it, of a deleted one nothing."""

    hook: Hook
    event: RecordRequestEvent
    act: Callable[[], Json]

    def run(self) -> Json | None:
        """Do it; None when a receiver of the request hook stopped it."""
        answer: Json | None = self.hook.trigger(self.event, self.act)
        return answer


def requested_save(
    hook: Hook,
    event: RecordRequestEvent,
    form: AuthForm | None,
    failed: str,
    renew: Renew = Record.follow,
) -> RequestWrite:
    """The save of a record that a request has filled in; `failed` is the sentence for what goes wrong."""

    def act() -> Json:
        save_requested(event.record, failed, form=form, renew=renew)
        (answer,) = present([event.record], event.info, event.info.query.get("expand", ""))
        return answer

    return RequestWrite(hook, event, act)


def save_requested(
    record: Record, failed: str, *, form: AuthForm | None = None, renew: Renew = Record.follow
) -> None:
    """Save what a request asked for.

    Raises BadRequest with `failed` and the errors of the fields, and what a hook refuses with.
    """
    try:
        if form is not None and (errors := form.errors_of(record)):
            raise Invalid(errors)
        save_record(record, renew=renew)
    except ApiError:
        raise
    except Invalid as error:
        raise BadRequest(failed, error.errors) from error
    except Exception as error:
        unless_outdated(error)
        logger.exception("writing %r failed", record)
        raise BadRequest(failed) from error
