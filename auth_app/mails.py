"""Mails to auth records: a collection's template, filled in and sent.

Reference: contract/auth.md 16; mails/record.go, PocketBase v0.39.11.
"""

import json
import queue
import threading
from collections.abc import Mapping
from html import escape, unescape
from typing import Any

import nh3
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from collections_app.auth_options import MailTemplate
from collections_app.records.record import Record
from platform_app.runtime_settings.current import current
from platform_app.wire.casting import format_float

ALERT_WAIT_SECONDS = 15
_UNESCAPED_TYPES = frozenset({"autodate", "date", "bool", "number"})


class MailTimeout(Exception):
    """The mail server did not take the mail in time."""


def send_auth_alert(record: Record, place: str) -> None:
    """Tell `record` of a sign-in from a new place; waits for the mail server, but not forever.

    Raises MailTimeout, or what the mail backend raises.
    """
    message = compose(record, record.collection.auth.alert_mail, {"{ALERT_INFO}": escape(place)})
    outcome: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def send() -> None:
        try:
            message.send()
        except Exception as error:  # noqa: BLE001 - handed to the waiting thread
            outcome.put(error)
        else:
            outcome.put(None)

    # smtplib cannot be cancelled: after the deadline the thread is left to end on its own.
    threading.Thread(target=send, name="auth-alert", daemon=True).start()
    try:
        error = outcome.get(timeout=ALERT_WAIT_SECONDS)
    except queue.Empty:
        raise MailTimeout(f"no answer from the mail server in {ALERT_WAIT_SECONDS} s") from None
    if error is not None:
        raise error


def compose(
    record: Record, template: MailTemplate, placeholders: Mapping[str, str], *, to: str | None = None
) -> EmailMultiAlternatives:
    """The mail that `template` makes for `record`, as HTML with a text part; `to` defaults to its email."""
    meta = current().meta
    filled = {
        "{APP_NAME}": meta.app_name,
        "{APP_URL}": meta.app_url,
        **_record_placeholders(record),
        **placeholders,
    }
    subject, body = template.subject, template.body
    for placeholder, text in filled.items():
        subject = subject.replace(placeholder, text)
        body = body.replace(placeholder, text)
    message = EmailMultiAlternatives(
        # A line break in a header is refused by Django; one from a record's field is only a blank.
        subject=" ".join(subject.split()),
        body=_as_text(body),
        from_email=_address(meta.sender_name, meta.sender_address),
        to=[to or record["email"]],
    )
    message.attach_alternative(render_to_string("auth_app/mail.html", {"content": body}), "text/html")
    return message


def _record_placeholders(record: Record) -> dict[str, str]:
    texts: dict[str, str] = {}
    for field in record.collection.fields:
        if not field.hidden:
            text = _plain(record.get(field.name))
            texts[f"{{RECORD:{field.name}}}"] = text if field.type in _UNESCAPED_TYPES else escape(text)
    return texts


def _plain(value: Any) -> str:
    """A field's value as text; several values have none, as in the reference."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(format_float(float(value)))
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    return ""


def _as_text(html: str) -> str:
    text = unescape(nh3.clean(html, tags=set()))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def _address(name: str, address: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>' if name else address
