"""Sending mails: through the hook `mailer_send`, here or before an answer.

Reference: contract/system.md 4.2; core/base.go (NewMailClient), PocketBase v0.39.11.
"""

from functools import partial

from django.core.mail.backends.base import BaseEmailBackend

from platform_app.mail.backend import EmailBackend, log_failure
from platform_app.mail.events import MailerEvent, mailer_send
from platform_app.mail.message import Mail, composed
from platform_app.requests.held_answers import Then, before_answer

# How long an answer waits for a mail server.
WAIT_SECONDS = 15.0


def send(mail: Mail, mailer: BaseEmailBackend | None = None) -> None:
    """Send `mail` on the calling thread, by `mailer` or else as the settings say now.

    A request does so in the waiting lane only (docs/explanation/lanes.md). Raises what keeps the mail from
    going out, which is logged as well.
    """
    event = MailerEvent(mail, mailer or EmailBackend())
    try:
        mailer_send.trigger(event, lambda: composed(event.message, event.mailer).send())
    except Exception as error:
        log_failure(event.message.addresses, error)
        raise


def send_before_answer(mail: Mail, then: Then) -> None:
    """Send `mail` before this thread's request is answered; after it, `then` hears what kept it, or None.

    The request's thread does not wait: see `held_answers.before_answer`.
    """
    before_answer(partial(send, mail, EmailBackend()), then, deadline_seconds=WAIT_SECONDS)
