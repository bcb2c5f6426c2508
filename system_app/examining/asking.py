"""What only others can tell: mail servers and buckets that the settings name. With `doctor --ask`."""

from collections.abc import Iterator

from platform_app.mail.backend import reach
from platform_app.mail.errors import MailFailed
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import S3Settings
from system_app.backups.places import backup_place
from system_app.examining.finding import Finding
from system_app.examining.saved import age_of


def mail_server() -> Iterator[Finding]:
    """Greets it and signs in, and sends nothing."""
    smtp = current().smtp
    if not smtp.enabled:
        return
    try:
        is_encrypted = reach(smtp)
    except MailFailed as error:
        yield Finding(
            "Mail", f"the mail server: {error}", "wrong", "mend smtp in the settings, or the mail server"
        )
        return
    if is_encrypted:
        yield Finding("Mail", "the mail server answers, encrypted")
    else:
        yield Finding(
            "Mail",
            "the mail server answers, and offers no encryption",
            "warning",
            "mails can be read on their way: use a server with TLS, on port 465 with smtp.tls, or 587",
        )


def buckets() -> Iterator[Finding]:
    """Looks at the root of each, and writes nothing."""
    settings = current()
    if settings.s3.enabled:
        yield from _bucket("Files", "s3", settings.s3)
    if settings.backups_s3.enabled:
        found = list(_bucket("Backups", "backups.s3", settings.backups_s3))
        yield from found
        if not any(finding.kind for finding in found):
            yield from age_of(list(backup_place().list()))


def _bucket(topic: str, group: str, s3: S3Settings) -> Iterator[Finding]:
    # Imported late: most installations have no bucket, and it takes a while to load.
    from files_app.s3_storage import S3RecordStorage

    try:
        next(S3RecordStorage(s3).files_at_root(), None)
    except OSError as error:
        yield Finding(
            topic, f"the bucket: {error}", "wrong", f"mend {group} in the settings, or the S3 server"
        )
    else:
        yield Finding(topic, "the bucket answers")
