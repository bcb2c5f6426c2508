"""Mails to auth records: a collection's template, filled in and handed to `platform_app.mail`.

Reference: contract/auth.md 16; mails/record.go, PocketBase v0.39.11.
"""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from django.template.loader import render_to_string

from collections_app.auth_options import MailTemplate
from collections_app.records.record import Record
from platform_app.mail.html_text import as_text
from platform_app.mail.message import Mail
from platform_app.mail.sending import send_before_answer
from platform_app.requests.held_answers import Then
from platform_app.runtime_settings.current import current
from platform_app.wire.casting import format_float

_UNESCAPED_TYPES = frozenset({"autodate", "date", "bool", "number"})


def send_auth_alert(record: Record, place: str, then: Then) -> None:
    """Tell `record` of a sign-in from a new place, before that is answered.

    `then` is called afterwards with what kept the mail from going out, or None.
    """
    mail = compose(record, record.collection.auth.alert_mail, {"{ALERT_INFO}": escape(place)})
    send_before_answer(mail, then)


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
    subject, body = template.subject, template.body
    for placeholder, text in filled.items():
        subject = subject.replace(placeholder, text)
        body = body.replace(placeholder, text)
    return Mail(
        to=[to or record["email"]],
        subject=subject,
        html=render_to_string("auth_app/mail.html", {"content": body}),
        text=as_text(body),
    )


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
