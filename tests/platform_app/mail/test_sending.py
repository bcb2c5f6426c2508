"""Sending: the hook around every mail, before an answer or here, and what is noted of a failure."""

import logging

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend as Locmem

from platform_app.mail.addresses import Address
from platform_app.mail.errors import MailRefused
from platform_app.mail.events import mailer_send
from platform_app.mail.message import Mail
from platform_app.mail.sending import send, send_before_answer

pytestmark = pytest.mark.django_db


def hello(**members) -> Mail:
    return Mail(**{"to": ["alice@example.com"], "subject": "Hello", "html": "<p>Hi</p>", **members})


def sent():
    return [(one.to, one.subject) for one in django_mail.outbox]


def test_commands_send_at_once():
    send(hello())
    assert sent() == [(["alice@example.com"], "Hello")]


def test_without_an_event_loop_the_caller_waits_and_hears_how_it_went():
    heard = []
    send_before_answer(hello(), heard.append)
    assert (heard, len(django_mail.outbox)) == ([None], 1)


def test_what_kept_a_mail_is_told(settings):
    settings.EMAIL_BACKEND = "no.such.Backend"
    heard = []
    send_before_answer(hello(), heard.append)
    assert [type(error) for error in heard] == [ModuleNotFoundError]


class TestHook:
    def test_receivers_see_all_of_the_mail_and_may_change_it(self, connect):
        seen = []

        def change(event, **kwargs):
            seen.append(
                (event.message.sender, event.message.to, event.message.subject, event.message.headers)
            )
            event.message.to = ["bob@example.com"]
            event.message.subject += "!"
            event.message.bcc.append(Address("carol@example.com"))

        connect(mailer_send, change)
        send(hello(headers={"X-A": "1"}, sender=Address("joey@example.com")))
        assert seen == [(Address("joey@example.com"), ["alice@example.com"], "Hello", {"X-A": "1"})]
        (message,) = django_mail.outbox
        assert (message.to, message.bcc, message.subject) == (
            ["bob@example.com"],
            ["carol@example.com"],
            "Hello!",
        )

    def test_receivers_may_replace_the_mail_and_the_mailer(self, connect):
        taken = []

        class Own(Locmem):
            def send_messages(self, messages):
                taken.extend(message.subject for message in messages)
                return len(messages)

        def replace(event, **kwargs):
            event.message = hello(subject="Another")
            event.mailer = Own()

        connect(mailer_send, replace)
        send(hello())
        assert (taken, sent()) == (["Another"], [])

    def test_code_after_yield_runs_when_it_is_sent(self, connect):
        counted = []

        def around(event, **kwargs):
            counted.append(len(django_mail.outbox))
            yield
            counted.append(len(django_mail.outbox))

        connect(mailer_send, around)
        send(hello())
        assert counted == [0, 1]

    def test_a_stopped_mail_is_not_sent_and_no_failure(self, connect, caplog):
        def stop(event, **kwargs):
            return
            yield

        connect(mailer_send, stop)
        heard = []
        send(hello())
        send_before_answer(hello(), heard.append)
        assert (sent(), heard, caplog.records) == ([], [None], [])

    def test_what_a_receiver_adds_is_checked_like_the_rest(self, connect):
        def spoil(event, **kwargs):
            event.message.headers["Bcc"] = "eve@example.com"

        connect(mailer_send, spoil)
        with pytest.raises(ValueError, match="not set by hand"):
            send(hello())
        assert sent() == []


class TestWhatIsNoted:
    @pytest.fixture
    def failing(self, connect):
        def fail_with(error):
            def fail(event, **kwargs):
                raise error

            connect(mailer_send, fail)

        return fail_with

    def test_a_failure_names_the_domains_and_the_reason_only(self, failing, caplog):
        failing(MailRefused("550 no"))
        secret = hello(to=["alice@example.com"], cc=["bob@example.org"], subject="Code 123456", html="TOKEN")
        with pytest.raises(MailRefused):
            send(secret)
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert record.getMessage() == "a mail to somebody at example.com, example.org was not sent: 550 no"
        assert not record.exc_info
        assert not any(word in caplog.text for word in ("alice", "123456", "TOKEN"))

    def test_one_that_nobody_expected_has_its_traceback(self, failing, caplog):
        failing(RuntimeError("a bug"))
        with pytest.raises(RuntimeError):
            send(hello())
        assert "Traceback" in caplog.text
        assert "a bug" in caplog.text

    def test_a_mail_that_was_sent_is_not_noted(self, caplog):
        send(hello())
        assert caplog.records == []
