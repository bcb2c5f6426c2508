"""The hooks around signing in, and around the mails that belong to it (contract/hooks.md 3)."""

from dataclasses import dataclass
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend

from collections_app.events import RequestEvent, record_enrich
from collections_app.records.record import Record
from platform_app.hooks.event import Event, Tags
from platform_app.hooks.groups import HookGroup
from platform_app.hooks.hook import Hook
from platform_app.mail.message import Mail


@dataclass
class RecordAuthEvent(RequestEvent):
    """A record that is about to be signed in, by whatever method ("" for refresh and impersonation)."""

    record: Record
    token: str
    meta: dict[str, Any] | None
    auth_method: str


@dataclass
class RecordAuthWithPasswordEvent(RequestEvent):
    """Well-formed credentials, not checked yet; a receiver may set the record that they are for."""

    record: Record | None
    identity: str
    identity_field: str
    password: str


@dataclass
class RecordAuthRefreshEvent(RequestEvent):
    """A signed-in record that asks for its token to be renewed."""

    record: Record


@dataclass
class RecordRequestOTPEvent(RequestEvent):
    """Somebody asks for a one-time code; a receiver may set the record that it is for, and the code."""

    record: Record | None
    password: str


@dataclass
class RecordAuthWithOTPEvent(RequestEvent):
    """A one-time code that is right, and about to be used up; `otp` is its row of `_otps`."""

    record: Record
    otp: Record


@dataclass
class RecordMailRequestEvent(RequestEvent):
    """Somebody asks for a verification or password reset mail, or comes back with the token in it."""

    record: Record


@dataclass
class RecordEmailChangeEvent(RecordMailRequestEvent):
    """The same for the change of an email address."""

    new_email: str


@dataclass
class MailerRecordEvent(Event):
    """A mail to an auth record about to be sent by `mailer`.

    `meta` is what the template was given: `token`; with `newEmail` for a change of the address; `otpId` and
    `password` for a one-time code; `info` for an alert.
    """

    message: Mail
    mailer: BaseEmailBackend
    record: Record
    meta: dict[str, str]

    @property
    def tags(self) -> Tags:
        return self.record.collection.tags


record_auth_request = Hook(tagged=True)
record_auth_with_password_request = Hook(tagged=True)
record_auth_refresh_request = Hook(tagged=True)
record_auth_with_otp_request = Hook(tagged=True)
record_request_otp_request = Hook(tagged=True)
record_request_verification_request = Hook(tagged=True)
record_confirm_verification_request = Hook(tagged=True)
record_request_password_reset_request = Hook(tagged=True)
record_confirm_password_reset_request = Hook(tagged=True)
record_request_email_change_request = Hook(tagged=True)
record_confirm_email_change_request = Hook(tagged=True)

mailer_record_verification_send = Hook(tagged=True)
mailer_record_password_reset_send = Hook(tagged=True)
mailer_record_email_change_send = Hook(tagged=True)
mailer_record_otp_send = Hook(tagged=True)
mailer_record_auth_alert_send = Hook(tagged=True)

# What a renewed token runs; asked before it is looked at any further.
REFRESHING = HookGroup(record_auth_refresh_request, record_auth_request, record_enrich)
