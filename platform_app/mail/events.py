"""The hook around every mail (contract/hooks.md, Mailer)."""

from dataclasses import dataclass

from django.core.mail.backends.base import BaseEmailBackend

from platform_app.hooks.event import Event
from platform_app.hooks.hook import Hook
from platform_app.mail.message import Mail


@dataclass
class MailerEvent(Event):
    """A mail about to leave by `mailer`; receivers may change the one and replace the other.

    A receiver that stops the chain keeps the mail from being sent, and nobody is told.
    """

    message: Mail
    mailer: BaseEmailBackend


mailer_send = Hook()
