"""Mails to auth records: a collection's template, filled in, and sent by the calling thread.

Every function raises what keeps the mail from going out. A receiver that stops its hook keeps it, too, but
silently. Where requests run, only those of the lane `waiting` may call them (docs/explanation/lanes.md).
Reference: contract/auth.md 16, contract/hooks.md 3; mails/record.go, PocketBase v0.39.11.
"""

import logging
import re
from collections.abc import Callable, Mapping

from django.template.loader import render_to_string

from auth_app.events import (
    MailerRecordEvent,
    mailer_record_auth_alert_send,
    mailer_record_email_change_send,
    mailer_record_otp_send,
    mailer_record_password_reset_send,
    mailer_record_verification_send,
)
from auth_app.tokens import (
    issue_email_change_token,
    issue_password_reset_token,
    issue_verification_token,
)
from collections_app.auth_options import MailTemplate
from collections_app.records.record import Record
from platform_app.hooks.hook import Hook
from platform_app.mail.addresses import bare
from platform_app.mail.backend import EmailBackend
from platform_app.mail.errors import MailFailed
from platform_app.mail.message import Mail
from platform_app.mail.sending import send
from platform_app.requests.held_answers import DeadlinePassed
from platform_app.requests.lane_threads import LaneFull
from platform_app.runtime_settings.current import current
from platform_app.wire.html_text import escaped

logger = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"\{[A-Z_]+(?::\w+)?\}")
_UNESCAPED_TYPES = frozenset({"autodate", "date", "bool", "number"})


def send_verification(record: Record) -> None:
    """The mail by whose link `record` shows that its address is its own."""
    meta = {"token": issue_verification_token(record)}
    mail = compose(record, record.collection.auth.verification_mail, {"{TOKEN}": meta["token"]})
    _send(mailer_record_verification_send, mail, record, meta)


def send_password_reset(record: Record) -> None:
    """The mail by whose link `record` gets a new password."""
    meta = {"token": issue_password_reset_token(record)}
    mail = compose(record, record.collection.auth.password_reset_mail, {"{TOKEN}": meta["token"]})
    _send(mailer_record_password_reset_send, mail, record, meta)


def send_email_change(record: Record, new_email: str) -> None:
    """The mail to the new address by whose link it becomes the one of `record`."""
    meta = {"token": issue_email_change_token(record, new_email), "newEmail": new_email}
    template = record.collection.auth.email_change_mail
    mail = compose(record, template, {"{TOKEN}": meta["token"]}, to=new_email)
    _send(mailer_record_email_change_send, mail, record, meta)


def send_otp(
    record: Record, otp_id: str, password: str, *, sent: Callable[[str], object] = lambda address: None
) -> None:
    """The mail with a one-time code; `sent` is called within its hook with the address that it went to."""
    meta = {"otpId": otp_id, "password": password}
    mail = compose(record, record.collection.auth.otp.mail, {"{OTP_ID}": otp_id, "{OTP}": password})

    def then(message: Mail) -> None:
        if message.to:
            sent(bare(message.to[0]))

    _send(mailer_record_otp_send, mail, record, meta, then)


def send_auth_alert(record: Record, info: str) -> None:
    """The mail that tells of a sign-in from a new place, which `info` describes."""
    meta = {"info": escaped(info)}
    mail = compose(record, record.collection.auth.alert_mail, {"{ALERT_INFO}": meta["info"]})
    _send(mailer_record_auth_alert_send, mail, record, meta)


def log_unsent(what: str, record: Record, error: Exception) -> None:
    """Say in the log that a mail to `record` did not leave; only what nobody expects with a traceback."""
    logger.error("no %s was sent to %r: %s", what, record, error, exc_info=unexpected(error))


def unexpected(error: Exception) -> Exception | None:
    """The error if its traceback may tell something; None for a mail server that says no or nothing."""
    return None if isinstance(error, MailFailed | LaneFull | DeadlinePassed) else error


def _send(
    hook: Hook,
    mail: Mail,
    record: Record,
    meta: dict[str, str],
    then: Callable[[Mail], None] = lambda message: None,
) -> None:
    event = MailerRecordEvent(message=mail, mailer=EmailBackend(), record=record, meta=meta)

    def deliver() -> None:
        send(event.message, event.mailer)
        then(event.message)

    hook.trigger(event, deliver)


def compose(
    record: Record, template: MailTemplate, placeholders: Mapping[str, str], *, to: str | None = None
) -> Mail:
    """The mail that `template` makes for `record`; `to` defaults to its email."""
    meta = current().meta
    filled = {
        "{APP_NAME}": meta.app_name,
        "{APP_URL}": meta.app_url,
        **_record_placeholders(record),
        **placeholders,
    }

    def filled_in(text: str) -> str:
        # In one go: what a record holds may look like a placeholder, too.
        return _PLACEHOLDER.sub(lambda found: filled.get(found[0], found[0]), text)

    return Mail(
        to=[to or record["email"]],
        subject=filled_in(template.subject),
        html=render_to_string("auth_app/mail.html", {"content": filled_in(template.body)}),
    )


def _record_placeholders(record: Record) -> dict[str, str]:
    texts: dict[str, str] = {}
    for field in record.collection.fields:
        if not field.hidden:
            # Several values have no text, nor has a password, of which only the hash is there.
            text = record.get_string(field.name)
            texts[f"{{RECORD:{field.name}}}"] = text if field.type in _UNESCAPED_TYPES else escaped(text)
    return texts
