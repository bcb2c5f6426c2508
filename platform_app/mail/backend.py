"""The Django mail backend by which all mails leave: by the first of the ways that is there.

1. The mail server of the settings, when it is enabled.
2. The `EMAIL_BACKEND` that somebody chose.
3. `sendmail`, where it is installed.
4. The console, in development.

As the default of `EMAIL_BACKEND` it also sends what Django's own functions send. One that somebody chose gets
those at once, and does not ask the settings.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as Console

from platform_app.mail.addresses import ascii_domain
from platform_app.mail.deadline import Deadline
from platform_app.mail.errors import MailFailed, NoMailer
from platform_app.mail.sendmail import hand_to_sendmail, sendmail_path
from platform_app.mail.smtp_client import SmtpClient
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import SmtpSettings

logger = logging.getLogger(__name__)

PATH = "platform_app.mail.backend.EmailBackend"
_STEP_SECONDS = 15
_DELIVERY_SECONDS = 60


class EmailBackend(BaseEmailBackend):
    """Goes by the settings as they were when it was made, so that a thread that sends need not read them.

    A silent one reads them when it sends: it may be there to tell that the database is gone.
    """

    def __init__(self, fail_silently: bool = False, **options: object) -> None:
        super().__init__(fail_silently=fail_silently)
        self._smtp = None if fail_silently else current().smtp

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """The number of mails sent, all of them.

        Raises MailFailed, or what a backend that somebody chose raises; with `fail_silently` that is logged.
        """
        messages = list(email_messages)
        if not messages:
            return 0
        try:
            way(self._smtp or current().smtp).send_messages(messages)
        except Exception as error:
            if not self.fail_silently:
                raise
            log_failure((to for message in messages for to in message.recipients()), error)
            return 0
        return len(messages)


def way(smtp: SmtpSettings) -> BaseEmailBackend:
    """What sends mails now. Raises NoMailer."""
    if smtp.enabled:
        return Smtp(smtp)
    if settings.EMAIL_BACKEND != PATH:
        return get_connection()
    if path := sendmail_path():
        return Sendmail(path)
    if getattr(settings, "JOEY_MAIL_TO_CONSOLE", False):
        return Console()
    raise NoMailer


def described_way(smtp: SmtpSettings) -> str:
    """What sends mails now, for people. Raises NoMailer, and ImportError for a backend that is not there."""
    match way(smtp):
        case Smtp():
            return "the mail server of the settings"
        case Sendmail() as program:
            return program.path
        case other:
            return f"{type(other).__module__}.{type(other).__qualname__}"


class Smtp(BaseEmailBackend):
    """A mail server."""

    def __init__(self, smtp: SmtpSettings) -> None:
        super().__init__()
        self._smtp = smtp

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        deadline = _deadline()
        with _signed_in(self._smtp, deadline) as client:
            for message in email_messages:
                sender, recipients = _envelope(message)
                client.deliver(sender, recipients, _content(message, linesep="\r\n"))
                deadline.begin()  # for the next one
        return len(email_messages)


def reach(smtp: SmtpSettings) -> bool:
    """Greet the mail server and sign in, and send nothing; whether that was encrypted. Raises MailFailed."""
    with _signed_in(smtp, _deadline()) as client:
        return client.is_encrypted


@contextmanager
def _signed_in(smtp: SmtpSettings, deadline: Deadline) -> Iterator[SmtpClient]:
    with SmtpClient(smtp.host, smtp.port, is_tls=smtp.is_tls, deadline=deadline) as client:
        client.greet(smtp.local_name or "localhost")
        if smtp.username or smtp.password:
            client.log_in(smtp.username, smtp.password, is_login=smtp.auth_method == "LOGIN")
        yield client


def _deadline() -> Deadline:
    return Deadline(seconds=_delivery_seconds(), step_seconds=settings.EMAIL_TIMEOUT or _STEP_SECONDS)


class Sendmail(BaseEmailBackend):
    """The program at `path`."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _, recipients = _envelope(message)
            hand_to_sendmail(
                self.path,
                _content(message, linesep="\n"),
                recipients=() if _names_recipients(message) else recipients,
                seconds=_delivery_seconds(),
            )
        return len(email_messages)


def log_failure(recipients: Iterable[str], error: Exception) -> None:
    """Note a mail that was not sent: where it should have gone and why, and nothing of what it says."""
    domains = sorted({str(to).rpartition("@")[2].rstrip("> ") for to in recipients})
    logger.warning(
        "a mail to somebody at %s was not sent: %s",
        ", ".join(domains) or "nowhere",
        error,
        exc_info=None if isinstance(error, MailFailed) else error,
    )


def _envelope(message: EmailMessage) -> tuple[str, list[str]]:
    """The sender and the recipients as bare addresses. Raises ValueError for what is none."""
    return _bare(message.from_email), [_bare(to) for to in message.recipients()]


def _names_recipients(message: EmailMessage) -> bool:
    """Whether a reader of the headers finds exactly those who are to get it."""
    own = {name.lower().partition("-")[0] for name in message.extra_headers}
    return not message.bcc and own.isdisjoint({"to", "cc", "bcc", "resent"})


def _content(message: EmailMessage, *, linesep: str) -> bytes:
    made: Any = message.message()  # Django's own classes take a line separator; the stubs do not know them
    return bytes(made.as_bytes(linesep=linesep))


def _bare(address: str) -> str:
    return ascii_domain(parseaddr(str(address))[1])


class _Patience(threading.local):
    """Of whoever waits for the mails of this thread; None for as long as any may take."""

    seconds: float | None = None


_patience = _Patience()


@contextmanager
def given_up_after(seconds: float) -> Iterator[None]:
    """Within it a mail that this thread sends has so long at most, because somebody looks on."""
    before, _patience.seconds = _patience.seconds, seconds
    try:
        yield
    finally:
        _patience.seconds = before


def _delivery_seconds() -> float:
    seconds = float(getattr(settings, "JOEY_MAIL_TIMEOUT", _DELIVERY_SECONDS))
    return seconds if _patience.seconds is None else min(seconds, _patience.seconds)
