"""The one door through which mail leaves (contract/auth.md 16)."""

import pytest
from django.core import mail as django_mail

from platform_app.mail.message import Mail, composed
from platform_app.mail.sending import send, send_before_answer
from tests.system_app.settings_row import save

HTML = "<p>Hello <b>Alice</b>,</p>\n<p>a &lt; b</p>"


def hello() -> Mail:
    return Mail(to=["alice@example.com"], subject="Hello", html=HTML)


@pytest.fixture
def sender(db):
    """Set the settings' sender."""
    return lambda name, address: save(meta={"senderName": name, "senderAddress": address})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Joey", '"Joey" <joey@example.com>', id="with_a_name"),
        pytest.param('Joey "the" \\1', '"Joey \\"the\\" \\\\1" <joey@example.com>', id="quoted"),
    ],
)
def test_mail_comes_from_the_sender_of_the_settings(sender, name, expected):
    sender(name, "joey@example.com")
    assert composed(hello()).from_email == expected


def test_html_has_a_text_part_made_from_it(db):
    message = composed(hello())
    assert (message.to, message.subject) == (["alice@example.com"], "Hello")
    assert message.body == "Hello Alice,\n\na < b"
    assert [(part.content, part.mimetype) for part in message.alternatives] == [(HTML, "text/html")]


def test_a_text_of_its_own_is_kept(db):
    assert composed(Mail(to=["a@example.com"], subject="x", html="<p>y</p>", text="z")).body == "z"


def test_a_line_break_in_a_subject_is_a_blank(db):
    mail = Mail(to=["a@example.com"], subject="Hello\r\nBcc: eve@example.com", html="x")
    assert composed(mail).subject == "Hello Bcc: eve@example.com"


def test_commands_send_at_once(db):
    send(hello())
    assert [(one.to, one.subject) for one in django_mail.outbox] == [(["alice@example.com"], "Hello")]


def test_without_an_event_loop_the_caller_waits_and_hears_how_it_went(db):
    heard = []
    send_before_answer(hello(), heard.append)
    assert (heard, len(django_mail.outbox)) == ([None], 1)


def test_what_kept_a_mail_is_told(db, settings):
    settings.EMAIL_BACKEND = "no.such.Backend"
    heard = []
    send_before_answer(hello(), heard.append)
    assert [type(error) for error in heard] == [ModuleNotFoundError]
