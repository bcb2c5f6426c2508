"""The mails to accounts, sent by code: whom each goes to, with what, through its hook."""

import pytest

from auth_app import mails
from auth_app.events import (
    mailer_record_auth_alert_send,
    mailer_record_email_change_send,
    mailer_record_otp_send,
    mailer_record_password_reset_send,
    mailer_record_verification_send,
)
from collections_app.fetching import new_record
from collections_app.records.writing.saving import save_record

pytestmark = pytest.mark.usefixtures("committing")


@pytest.fixture
def ann(db):
    ann = new_record("users", {"email": "ann@example.com", "password": "1234567890"})
    save_record(ann)
    return ann


@pytest.mark.parametrize(
    ("send", "hook", "to", "meta", "said"),
    [
        pytest.param(
            mails.send_verification,
            mailer_record_verification_send,
            "ann@example.com",
            {"token"},
            "/_/#/auth/confirm-verification/",
            id="verification",
        ),
        pytest.param(
            mails.send_password_reset,
            mailer_record_password_reset_send,
            "ann@example.com",
            {"token"},
            "/_/#/auth/confirm-password-reset/",
            id="password_reset",
        ),
        pytest.param(
            lambda record: mails.send_email_change(record, "new@example.com"),
            mailer_record_email_change_send,
            "new@example.com",
            {"token", "newEmail"},
            "/_/#/auth/confirm-email-change/",
            id="email_change",
        ),
        pytest.param(
            lambda record: mails.send_otp(record, "id1", "12345678"),
            mailer_record_otp_send,
            "ann@example.com",
            {"otpId", "password"},
            "12345678",
            id="otp",
        ),
        pytest.param(
            lambda record: mails.send_auth_alert(record, "from <nowhere>"),
            mailer_record_auth_alert_send,
            "ann@example.com",
            {"info"},
            "from &lt;nowhere&gt;",
            id="auth_alert",
        ),
    ],
)
def test_a_mail_to_an_account(ann, mailoutbox, connect, send, hook, to, meta, said):
    seen = []
    connect(hook, lambda event, **kwargs: seen.append((event.record.id, set(event.meta))), collection="users")
    send(ann)
    (mail,) = mailoutbox
    (html,) = [content for content, kind in mail.alternatives if kind == "text/html"]
    assert (mail.to, seen, said in html) == ([to], [(ann.id, meta)], True), html
