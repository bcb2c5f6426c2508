"""Mail: what is to be sent and to whom, and the message that Django's mail backends get for it.

Reference: contract/auth.md 16, contract/system.md 4.2; tools/mailer/mailer.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.mime.base import MIMEBase
from typing import Any, BinaryIO

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import SafeMIMEMultipart

from platform_app.mail.addresses import Address, Recipient, ascii_domain, bare, header_text
from platform_app.mail.attachments import attachment_part, inline_part, is_inline
from platform_app.mail.headers import checked_headers, on_one_line, with_message_id
from platform_app.mail.html_text import as_text
from platform_app.runtime_settings.current import current

# The bytes of a file, or where they are read from when the mail is sent.
Content = bytes | BinaryIO


def settings_sender() -> Address:
    """Who the settings say that mails come from."""
    meta = current().meta
    return Address(meta.sender_address, meta.sender_name)


@dataclass
class Mail:
    """One mail. Receivers of hooks may change all of it until it is sent.

    A recipient is a bare address, or an `Address` with a name. An empty `text` is made from `html`. Files go
    by their name; an inline one is shown by `<img src="cid:NAME">` in the HTML.
    """

    to: list[Recipient]
    subject: str
    html: str = ""
    text: str = ""
    sender: Address = field(default_factory=settings_sender)
    cc: list[Recipient] = field(default_factory=list)
    bcc: list[Recipient] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    attachments: dict[str, Content] = field(default_factory=dict)
    inline_attachments: dict[str, Content] = field(default_factory=dict)

    @property
    def addresses(self) -> list[str]:
        """The bare addresses of all who get it, those in `to` first."""
        return [bare(recipient) for recipient in (*self.to, *self.cc, *self.bcc)]


def composed(mail: Mail, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The message for a mail backend; `connection` is what its `send` goes through.

    Raises ValueError for what cannot stand in a mail: no recipient, a malformed address, a header that would
    be two.
    """
    if not mail.addresses:
        raise ValueError("the mail has no recipients")
    html = _sendable(mail.html)
    sender = ascii_domain(mail.sender.address)
    message = _Message(
        subject=on_one_line(mail.subject),
        body=_sendable(mail.text) or as_text(html),
        from_email=header_text(mail.sender),
        to=[header_text(recipient) for recipient in mail.to],
        cc=[header_text(recipient) for recipient in mail.cc],
        bcc=[header_text(recipient) for recipient in mail.bcc],
        headers=with_message_id(checked_headers(mail.headers), sender=sender),
        connection=connection,
    )
    if html:
        message.attach_alternative(html, "text/html")
    for part in _parts(mail.inline_attachments, mail.attachments):
        message.attach(part)
    return message


def _parts(inline: Mapping[str, Content], attached: Mapping[str, Content]) -> list[MIMEBase]:
    return [
        *(inline_part(name, _bytes(content)) for name, content in inline.items()),
        *(attachment_part(name, _bytes(content)) for name, content in attached.items()),
    ]


def _bytes(content: Content) -> bytes:
    return content if isinstance(content, bytes) else content.read()


def _sendable(text: str) -> str:
    """`text` without lone surrogates, which no charset has: a user agent may bring them."""
    return text.encode("utf-8", "replace").decode()


class _Message(EmailMultiAlternatives):
    """Puts inline files beside the body that shows them, below those that are only attached."""

    def message(self) -> Any:  # type: ignore[override]  # the stubs are those of Django 6
        made: Any = super().message()
        if not any(isinstance(part, MIMEBase) and is_inline(part) for part in self.attachments):
            return made
        parts: dict[str | None, list[Any]] = {None: [], "inline": [], "attachment": []}
        for part in made.get_payload():
            parts[part.get_content_disposition()].append(part)
        related = SafeMIMEMultipart("related", encoding=made.encoding)
        related.set_payload([*parts[None], *parts["inline"]])
        made.set_payload([related, *parts["attachment"]])
        return made
