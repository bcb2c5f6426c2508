"""Mails by a mail server, read back from a real one on loopback."""

import email.policy
import socket
from email import message_from_bytes

import pytest

from platform_app.mail.addresses import Address
from platform_app.mail.backend import Smtp
from platform_app.mail.errors import MailFailed, MailRefused, MailTooSlow
from platform_app.mail.message import Mail, composed
from platform_app.runtime_settings.shape import SmtpSettings
from tests.platform_app.mail.servers import CLOSE, HANG, ScriptedServer, mail_server, self_signed

SENDER = Address("joey@example.com", "Joey")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    return certificate


@pytest.fixture
def elsewhere(monkeypatch):
    """The name of another host, which leads to this machine all the same."""
    asked = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **options: asked("127.0.0.1", *rest, **options)
    )
    return "mail.example.com"


def smtp(server, **members) -> SmtpSettings:
    usual = {
        "enabled": True,
        "host": getattr(server, "host", "127.0.0.1"),
        "port": server.port,
        "username": "",
        "password": "",
        "auth_method": "",
        "is_tls": False,
        "local_name": "",
    }
    return SmtpSettings(**{**usual, **members})


def mail(**members) -> Mail:
    usual = {"to": ["alice@example.com"], "subject": "Hello", "html": "<p>Hi</p>", "sender": SENDER}
    return Mail(**{**usual, **members})


def send(server, sent: Mail | None = None, **members) -> None:
    Smtp(smtp(server, **members)).send_messages([composed(sent or mail())])


def parsed(received):
    return message_from_bytes(received.content, policy=email.policy.default)


class TestTheWayThere:
    def test_plain(self):
        with mail_server() as server:
            send(server)
        (got,) = server.received
        assert (got.sender, got.recipients) == ("joey@example.com", ["alice@example.com"])
        assert (got.host_name, got.is_encrypted) == ("localhost", False)
        assert got.options == [f"SIZE={len(got.content)}", "BODY=8BITMIME"]

    def test_local_name_is_what_it_is_greeted_with(self):
        with mail_server() as server:
            send(server, local_name="joey.example.com")
        assert server.received[0].host_name == "joey.example.com"

    def test_starttls_is_used_where_it_is_offered(self, trusted):
        with mail_server(start_tls=trusted.context, require_starttls=True) as server:
            send(server)
        assert server.received[0].is_encrypted

    def test_implicit_tls(self, trusted):
        with mail_server(implicit_tls=trusted.context) as server:
            send(server, is_tls=True)
        assert server.received[0].is_encrypted

    @pytest.mark.parametrize("is_tls", [False, True], ids=["starttls", "implicit"])
    def test_a_certificate_that_nobody_vouches_for_is_refused(self, certificate, is_tls):
        way = {"implicit_tls" if is_tls else "start_tls": certificate.context}
        with mail_server(**way) as server, pytest.raises(MailFailed, match="not trusted: self-signed"):
            send(server, is_tls=is_tls)
        assert server.received == []

    def test_a_certificate_for_another_name_is_refused(self, trusted, elsewhere):
        with (
            mail_server(implicit_tls=trusted.context) as server,
            pytest.raises(MailFailed, match="not trusted: .*mail.example.com"),
        ):
            send(server, is_tls=True, host=elsewhere)

    @pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
    @pytest.mark.parametrize("is_tls", [False, True], ids=["starttls", "implicit"])
    def test_a_host_may_be_an_ipv6_address(self, trusted, is_tls):
        way = {"implicit_tls" if is_tls else "start_tls": trusted.context}
        with mail_server("::1", **way) as server:
            send(server, is_tls=is_tls)
        assert server.received[0].is_encrypted

    def test_the_second_address_of_a_name_is_tried_too(self, monkeypatch):
        with mail_server() as server:
            place = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            addresses = [(*place, ("127.0.0.1", closed_port())), (*place, ("127.0.0.1", server.port))]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: addresses)
            send(server, host="mail.example.com")
        assert len(server.received) == 1

    def test_several_mails_share_a_conversation(self):
        with mail_server() as server:
            messages = [composed(mail(subject=str(number))) for number in range(3)]
            assert Smtp(smtp(server)).send_messages(messages) == 3
        assert [parsed(got)["subject"] for got in server.received] == ["0", "1", "2"]

    @pytest.mark.parametrize(
        ("members", "words"),
        [
            pytest.param(
                {"port": "closed"}, r"127\.0\.0\.1:\d+ cannot be reached: Connection refused", id="closed"
            ),
            pytest.param({"port": 99_999}, r":99999 cannot be reached", id="no_such_port"),
            pytest.param({"host": "::1", "port": "closed"}, r"\[::1\]:\d+ cannot be reached", id="ipv6"),
            pytest.param({"host": "a..b"}, "a..b:25 is not known", id="no_name"),
        ],
    )
    def test_a_server_that_is_not_there_is_named(self, members, words):
        port = members.get("port", 25)
        with pytest.raises(MailFailed, match=words):
            send(
                ScriptPlace(closed_port() if port == "closed" else port),
                **{"host": members.get("host", "127.0.0.1")},
            )


class ScriptPlace:
    def __init__(self, port):
        self.port = port


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class TestSigningIn:
    @pytest.mark.parametrize(
        ("method", "expected"),
        [("", "PLAIN"), ("PLAIN", "PLAIN"), ("LOGIN", "LOGIN")],
        ids=["default", "plain", "login"],
    )
    @pytest.mark.parametrize("is_encrypted", [True, False], ids=["encrypted", "on_this_machine"])
    def test_by_the_method_of_the_settings(self, trusted, method, expected, is_encrypted):
        with mail_server(start_tls=trusted.context if is_encrypted else None) as server:
            send(server, username="jöy", password="pässword", auth_method=method)
        assert server.logins == [(expected, "jöy".encode(), "pässword".encode())]
        assert len(server.received) == 1

    @pytest.mark.parametrize("method", ["PLAIN", "LOGIN"])
    def test_a_password_never_leaves_unencrypted(self, elsewhere, method):
        with (
            mail_server() as server,
            pytest.raises(MailFailed, match="unencrypted connection"),
        ):
            send(server, host=elsewhere, username="joey", password="secret", auth_method=method)
        assert (server.logins, server.received) == ([], [])

    @pytest.mark.parametrize("method", ["PLAIN", "LOGIN"])
    def test_a_wrong_password_is_told_in_the_servers_words(self, method):
        with (
            mail_server() as server,
            pytest.raises(MailRefused, match="^535 5.7.8 Authentication credentials invalid$"),
        ):
            send(server, username="joey", password="wrong", auth_method=method)
        assert server.received == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("refuses", "words"),
        [
            pytest.param({"joey": "550 5.7.1 not from you"}, "550 5.7.1 not from you", id="sender"),
            pytest.param({"alice": "550 5.1.1 no such user"}, "550 5.1.1 no such user", id="recipient"),
            pytest.param(
                {"alice": "451 4.7.1 Greylisted, try again"},
                "451 4.7.1 Greylisted, try again",
                id="greylisted",
            ),
            pytest.param({"carol": "550 no Carol"}, "550 no Carol", id="one_of_several"),
            pytest.param({"DATA": "554 5.7.1 looks like spam"}, "554 5.7.1 looks like spam", id="content"),
        ],
    )
    def test_the_servers_own_words_are_told(self, refuses, words):
        with mail_server() as server:
            server.refuses = refuses
            with pytest.raises(MailRefused) as refused:
                send(server, mail(to=["alice@example.com"], cc=["carol@example.com"]))
        assert str(refused.value) == words
        assert [got.recipients for got in server.received if "DATA" not in refuses] == []

    def test_a_mail_that_is_too_large_is_refused_before_it_is_sent(self):
        with mail_server(most_bytes=1000) as server, pytest.raises(MailRefused, match="^552 "):
            send(server, mail(attachments={"a": b"x" * 1000}))
        assert server.received == []

    @pytest.mark.parametrize(
        "lines",
        [
            pytest.param(
                [b"220-hello\r\n220-there\r\n220 now\r\n", b"250-a\r\n250 b\r\n"], id="several_lines"
            ),
            pytest.param([b"220\r\n", b"502 what?\r\n", b"250 HELO is fine\r\n"], id="helo_only"),
        ],
    )
    def test_old_and_wordy_servers_are_understood(self, lines):
        with ScriptedServer([*lines, *CONVERSATION[2:], b"221 bye\r\n", CLOSE]) as server:
            send(server)
        assert server.heard[-3:] == [b"DATA\r\n", b"QUIT\r\n", b""]

    @pytest.mark.parametrize(
        ("lines", "words"),
        [
            pytest.param([b"554 go away\r\n"], "^554 go away$", id="greeting"),
            pytest.param(
                [b"HTTP/1.1 400 Bad Request\r\n"],
                "not an answer of a mail server: 'HTTP",
                id="no_mail_server",
            ),
            pytest.param([b"\xff\xfe\r\n"], "not an answer", id="binary"),
            pytest.param(
                [b"220 \xff\r\n", b"500 \xc3\xbc\r\n", b"500 \xff no\r\n"], "^500 \ufffd no$", id="not_utf8"
            ),
            pytest.param([b"x" * 20_000], "does not end", id="endless_line"),
            pytest.param([b"220-x\r\n" * 1000], "does not end", id="endless_lines"),
            pytest.param(
                [b"220 hi\r\n", b"250-x\r\n250 STARTTLS\r\n", b"220 go\r\n250 injected\r\n"],
                "before the encryption began",
                id="words_before_the_encryption",
            ),
            pytest.param(
                [b"220 hi\r\n", b"250-x\r\n250 STARTTLS\r\n", b"454 not today\r\n"],
                "^454 not today$",
                id="starttls_offered_and_refused",
            ),
        ],
    )
    def test_odd_answers_end_the_conversation(self, lines, words):
        with ScriptedServer([*lines, CLOSE]) as server, pytest.raises(MailRefused, match=words):
            send(server)
        assert not any(line.startswith(b"MAIL") for line in server.heard)


# The lines of a conversation up to the mail, and the step that comes after so many of them.
CONVERSATION = [b"220 hi\r\n", b"250 hello\r\n", b"250 sender\r\n", b"250 recipient\r\n", b"250 got it\r\n"]
STEPS = ["a greeting", "EHLO", "MAIL", "RCPT", "the mail"]


class TestServersThatHang:
    @pytest.fixture(autouse=True)
    def _soon(self, settings):
        settings.EMAIL_TIMEOUT = 0.1

    @pytest.mark.parametrize("count", range(5), ids=STEPS)
    def test_silence_ends_at_every_step(self, count):
        with ScriptedServer([*CONVERSATION[:count], HANG]) as server, pytest.raises(MailTooSlow) as slow:
            send(server)
        assert str(slow.value) == f"the mail server did not answer within 0.1 s at {STEPS[count]}"

    @pytest.mark.parametrize("count", range(5), ids=STEPS)
    def test_hanging_up_is_told_at_every_step(self, count):
        with ScriptedServer([*CONVERSATION[:count], CLOSE]) as server, pytest.raises(MailRefused) as closed:
            send(server)
        assert str(closed.value).endswith(f" at {STEPS[count]}") or "broke at" in str(closed.value)

    @pytest.mark.parametrize("is_tls", [False, True], ids=["starttls", "implicit"])
    def test_so_does_silence_within_tls(self, is_tls):
        lines = [HANG] if is_tls else [b"220 hi\r\n", b"250-x\r\n250 STARTTLS\r\n", b"220 go\r\n", HANG]
        with ScriptedServer(lines) as server, pytest.raises(MailTooSlow, match="at TLS$"):
            send(server, is_tls=is_tls)

    @pytest.mark.parametrize("count", range(5), ids=STEPS)
    def test_a_byte_now_and_then_does_not_hold_it_up(self, settings, count):
        settings.EMAIL_TIMEOUT = 3600
        settings.JOEY_MAIL_TIMEOUT = 0.3
        with (
            ScriptedServer([*CONVERSATION[:count], HANG], endless=b"2") as server,
            pytest.raises(MailTooSlow, match="within 0.3 s"),
        ):
            send(server)

    def test_a_mail_that_was_taken_is_sent_whatever_comes_after(self):
        with ScriptedServer([*CONVERSATION, HANG]) as server:
            send(server)
        assert server.heard[-1] == b"QUIT\r\n"


class TestContent:
    def test_arrives_as_it_was(self):
        picture, notes = b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a\nb\r\nc\rü".encode()
        sent = mail(
            to=["alice@example.com", Address("bob@büro.example", "Bob Größe, Jr. 日本")],
            cc=[Address("carol@example.com", 'Carol "C"')],
            bcc=["dave@example.com"],
            subject="Grüße 日本 " + "long " * 40 + "end",
            html='<p>Grüße <img src="cid:logo.png"></p>\n<p>.</p>\n.\n..x',
            headers={"Reply-To": "help@example.com", "X-Groesse": "groß"},
            attachments={"Notizen ü.txt": notes, "empty": b""},
            inline_attachments={"logo.png": picture},
        )
        with mail_server() as server:
            send(server, sent)
        (got,) = server.received
        assert got.recipients == [
            "alice@example.com",
            "bob@xn--bro-hoa.example",
            "carol@example.com",
            "dave@example.com",
        ]
        message = parsed(got)
        assert message["subject"].strip() == sent.subject  # a long one begins on a line of its own
        assert [(one.display_name, one.addr_spec) for one in message["to"].addresses] == [
            ("", "alice@example.com"),
            ("Bob Größe, Jr. 日本", "bob@xn--bro-hoa.example"),
        ]
        assert [(one.display_name, one.addr_spec) for one in message["cc"].addresses] == [
            ('Carol "C"', "carol@example.com")
        ]
        assert (message["bcc"], b"dave" in got.content) == (None, False)
        assert (message["reply-to"], message["x-groesse"]) == ("help@example.com", "groß")
        assert shape_of(message) == [
            "multipart/mixed",
            ["multipart/related", ["multipart/alternative", "text/plain", "text/html"], "image/png"],
            "text/plain",
            "text/plain",
        ]
        related, first, second = message.iter_parts()
        alternative, logo = related.iter_parts()
        text, html = alternative.iter_parts()
        assert html.get_content().replace("\r\n", "\n") == sent.html
        assert text.get_content().replace("\r\n", "\n") == "Grüße  \n. . ..x"
        assert (logo["content-id"], logo.get_payload(decode=True)) == ("<logo.png>", picture)
        assert (first.get_filename(), first.get_payload(decode=True)) == ("Notizen ü.txt", notes)
        assert (second.get_filename(), second.get_payload(decode=True)) == ("empty", b"")

    def test_ten_megabytes_arrive_byte_for_byte(self):
        large = bytes(range(256)) * 40_000
        with mail_server() as server:
            send(server, mail(attachments={"large.bin": large}))
        _, attached = parsed(server.received[0]).iter_parts()
        assert attached.get_payload(decode=True) == large

    def test_local_parts_outside_of_ascii_need_a_server_that_takes_them(self):
        with mail_server(enable_SMTPUTF8=True) as server:
            send(server, mail(to=["jürgen@example.com"]))
        assert server.received[0].recipients == ["jürgen@example.com"]
        assert "SMTPUTF8" in server.received[0].options
        with mail_server() as other, pytest.raises(MailFailed, match="outside of ASCII"):
            send(other, mail(to=["jürgen@example.com"]))
        assert other.received == []

    def test_no_line_of_a_mail_ends_it(self):
        with mail_server() as server:
            send(server, mail(text="\n.\nMAIL FROM:<eve@example.com>\r.\r\n.\n", html=""))
        assert len(server.received) == 1
        assert (
            parsed(server.received[0]).get_content() == "\r\n.\r\nMAIL FROM:<eve@example.com>\r\n.\r\n.\r\n"
        )


def shape_of(message):
    """The content types as nested lists."""
    if not message.is_multipart():
        return message.get_content_type()
    return [message.get_content_type(), *(shape_of(part) for part in message.iter_parts())]
