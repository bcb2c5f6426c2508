"""The screens with a trial: a mail that is sent, and a bucket that takes a file; both with what is saved."""

from typing import Any, ClassVar
from urllib.parse import quote, unquote

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from admin_ui.collection.mail_cards import TEMPLATES
from admin_ui.pages.settings.sections import SectionPage, Shown
from admin_ui.preferences import keep
from admin_ui.sentences import sentences_by_path
from collections_app.catalog import catalog
from collections_app.fields.email_field import is_email
from collections_app.system_names import SUPERUSERS
from platform_app.mail.backend import described_way, given_up_after
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import Invalid
from system_app.settings.trial_mail import TrialMail, send_trial_mail
from system_app.settings.trial_s3 import S3Trial, S3TrialFailed, try_s3

# So long somebody waits for a mail to be taken (contract/dashboard.md, SM-04).
MOST_SECONDS = 15
# What the button of the trial sends.
TRY = "try"
# The address that the last trial went to, in the browser.
_COOKIE = "trial_address"


class MailPage(SectionPage):
    name = "mail"
    template = "admin_ui/settings/mail.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        return self._try(request) if TRY in request.POST else super().post(request)

    def more_context(self, request: HttpRequest, shown: Shown) -> dict[str, Any]:
        remembered = unquote(request.COOKIES.get(_COOKIE, ""))
        return {
            "templates": [(name, template.title) for name, template in TEMPLATES.items()],
            "auth_collections": [one.name for one in _auth_collections()],
            "trial": TrialMail(
                remembered if is_email(remembered) else request.user.get_username(),
                next(iter(TEMPLATES)),
                next((one.name for one in _auth_collections()), ""),
            ),
        }

    def _try(self, request: HttpRequest) -> HttpResponse:
        wanted = TrialMail(
            request.POST.get("email", "").strip(),
            request.POST.get("template", ""),
            request.POST.get("collection", ""),
        )
        errors: dict[str, str] = {}
        failed = ""
        try:
            with given_up_after(MOST_SECONDS):
                send_trial_mail(wanted)
        except Invalid as error:
            errors = sentences_by_path(error.errors)
        except Exception as error:  # noqa: BLE001 - whatever a server or a hook says is for who asks why
            failed = str(error) or type(error).__name__
        response = self.show(
            request,
            trial=wanted,
            trial_errors=errors,
            trial_failed=failed,
            trial_done="" if errors or failed else _mail_done(wanted.email),
        )
        if not errors:
            keep(response, _COOKIE, quote(wanted.email, safe=""), path=request.path)
        return response


class BucketPage(SectionPage):
    """A screen with a bucket, which a trial shows to take files."""

    template = "admin_ui/settings/bucket_page.html"
    filesystem: ClassVar[str]

    def post(self, request: HttpRequest) -> HttpResponse:
        return self._try(request) if TRY in request.POST else super().post(request)

    def more_context(self, request: HttpRequest, shown: Shown) -> dict[str, Any]:
        kept = current()
        bucket = kept.backups_s3 if self.filesystem == "backups" else kept.s3
        return {"bucket_is_used": bucket.enabled, "moves_files": self.filesystem == "storage"}

    def _try(self, request: HttpRequest) -> HttpResponse:
        failed = ""
        try:
            try_s3(S3Trial(self.filesystem))
        except S3TrialFailed as error:
            failed = str(error)
        done = _("The bucket takes files, shows them and deletes them.")
        return self.show(request, trial_failed=failed, trial_done="" if failed else done)


class StoragePage(BucketPage):
    name = "storage"
    filesystem = "storage"


class BackupSchedulePage(BucketPage):
    name = "backup-schedule"
    filesystem = "backups"


def _mail_done(email: str) -> str:
    smtp = current().smtp
    way = smtp.host if smtp.enabled else described_way(smtp)
    return _("%(way)s took the mail to %(email)s.") % {"way": way, "email": email}


def _auth_collections() -> list[Any]:
    """Those of the application first, then the superusers'."""
    found = [one for one in catalog().collections if one.is_auth]
    return sorted(found, key=lambda one: (one.name == SUPERUSERS, one.system, one.name.lower()))
