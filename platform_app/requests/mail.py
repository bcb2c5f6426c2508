"""The one door through which mail leaves: composed from the settings' sender, sent in the waiting lane.

Reference: contract/auth.md 16, contract/system.md 4.3; tools/mailer, PocketBase v0.39.11.
"""

from dataclasses import dataclass
from html import unescape

import nh3
from django.core.mail import EmailMultiAlternatives

from platform_app.requests.held_answers import Then, before_answer
from platform_app.runtime_settings.current import current

# How long an answer waits for a mail server.
WAIT_SECONDS = 15.0


@dataclass(frozen=True)
class Mail:
    """One mail as HTML to bare addresses; its text part is made from `html` unless `text` gives one."""

    to: tuple[str, ...]
    subject: str
    html: str
    text: str = ""


def send_before_answer(mail: Mail, then: Then) -> None:
    """Send `mail` before this thread's request is answered; after it, `then` hears what kept it, or None.

    The request's thread does not wait: see `held_answers.before_answer`.
    """
    before_answer(composed(mail).send, then, deadline_seconds=WAIT_SECONDS)


def send_here(mail: Mail) -> None:
    """Send `mail` on the calling thread: for commands and jobs, never for requests.

    Raises what the mail backend raises.
    """
    composed(mail).send()


def composed(mail: Mail) -> EmailMultiAlternatives:
    """The message that Django's mail backend gets."""
    meta = current().meta
    message = EmailMultiAlternatives(
        # A line break in a header is refused by Django; one from a record's field is only a blank.
        subject=" ".join(mail.subject.split()),
        body=mail.text or as_text(mail.html),
        from_email=_address(meta.sender_name, meta.sender_address),
        to=list(mail.to),
    )
    message.attach_alternative(mail.html, "text/html")
    return message


def as_text(html: str) -> str:
    """The texts of `html`, a paragraph for each line that has one."""
    text = unescape(nh3.clean(html, tags=set()))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def _address(name: str, address: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>' if name else address
