"""What keeps a mail from going out, in words for whoever may do something about it."""


class MailFailed(Exception):
    """A mail was not sent, or not for certain."""


class NoMailer(MailFailed):
    """There is no way by which mails could leave."""

    def __init__(self) -> None:
        super().__init__(
            "no mailer: set a mail server under smtp in the settings, name an EMAIL_BACKEND in the "
            "environment, or install sendmail"
        )


class MailRefused(MailFailed):
    """The other side said no; the text is its own."""


class MailTooSlow(MailFailed):
    """The other side did not do its part in time."""
