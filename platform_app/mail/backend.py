"""The Django mail backend by which all mails leave."""

from collections.abc import Sequence

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Chooses the way when something is sent."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return get_connection().send_messages(email_messages) or 0
