"""What a mail becomes for a mail backend, and what cannot stand in one."""

import email.policy
import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_app.mail.addresses import Address, ascii_domain, header_text
from platform_app.mail.headers import on_one_line
from platform_app.mail.message import Mail, composed
from tests.system_app.settings_row import save

SENDER = Address("joey@example.com")


def mail(**members) -> Mail:
    usual = {"to": ["alice@example.com"], "subject": "Hello", "html": "<p>Hi</p>", "sender": SENDER}
    return Mail(**{**usual, **members})


def sent(made: Mail):
    """The mail as a reader parses it."""
    return message_from_bytes(composed(made).message().as_bytes(), policy=email.policy.default)


class TestSender:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            pytest.param("Joey", '"Joey" <joey@example.com>', id="with_a_name"),
            pytest.param('Joey "the" \\1', '"Joey \\"the\\" \\\\1" <joey@example.com>', id="quoted"),
            pytest.param("Jöy", "=?utf-8?q?J=C3=B6y?= <joey@example.com>", id="encoded"),
        ],
    )
    def test_is_the_one_of_the_settings(self, db, name, expected):
        save(meta={"senderName": name, "senderAddress": "joey@example.com"})
        made = Mail(to=["alice@example.com"], subject="x", html="y")
        assert (made.sender, composed(made).from_email) == (Address("joey@example.com", name), expected)

    def test_may_be_another(self):
        made = mail(sender=Address("shop@büro.example", "Shop"))
        assert composed(made).from_email == '"Shop" <shop@xn--bro-hoa.example>'


class TestTexts:
    def test_html_has_a_text_part_made_from_it(self):
        message = composed(mail(html="<p>Hello <b>Alice</b>,</p><p>a &lt; b</p>"))
        assert message.body == "Hello Alice,\na < b"
        assert [(part.content, part.mimetype) for part in message.alternatives] == [
            ("<p>Hello <b>Alice</b>,</p><p>a &lt; b</p>", "text/html")
        ]

    def test_a_text_of_its_own_is_kept(self):
        assert composed(mail(text="z")).body == "z"

    def test_text_alone_is_one_part(self):
        assert sent(mail(html="", text="z")).get_content_type() == "text/plain"

    def test_lone_surrogates_do_not_keep_a_mail_from_going_out(self):
        made = sent(mail(subject="a\udcffb", html="<p>c\udcffd</p>"))
        assert made["subject"] == "a?b"
        assert made.get_body(["plain"]).get_content().strip() == "c?d"


class TestHeaders:
    def test_message_id_is_of_the_senders_domain(self):
        first, second = (
            composed(mail(sender=Address("a@büro.example"))).message()["Message-ID"] for _ in "12"
        )
        assert re.fullmatch(r"<[a-zA-Z0-9]{15}@xn--bro-hoa\.example>", first)
        assert first != second

    def test_one_of_its_own_is_kept(self):
        message = composed(mail(headers={"message-id": "<1@example.com>"})).message()
        assert message.get_all("Message-ID") == ["<1@example.com>"]

    @pytest.mark.parametrize(
        "break_",
        ["\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\n\n", "\r\n "],
    )
    def test_a_line_break_is_a_blank_wherever_it_comes(self, break_):
        evil = f"x{break_}Bcc: eve@example.com"
        made = sent(
            mail(
                subject=evil,
                sender=Address("joey@example.com", evil),
                to=[Address("alice@example.com", evil)],
                headers={"X-Note": evil, "Reply-To": f'"{evil}" <help@example.com>'},
                attachments={evil: b"1"},
                inline_attachments={evil: b"2"},
            )
        )
        assert sorted(made.keys()) == sorted(
            [
                "Content-Type",
                "MIME-Version",
                "Subject",
                "From",
                "To",
                "Reply-To",
                "Date",
                "Message-ID",
                "X-Note",
            ]
        )
        assert " ".join(made["subject"].split()) == "x Bcc: eve@example.com"
        assert [one.addr_spec for one in made["to"].addresses] == ["alice@example.com"]
        assert not any("bcc" in {name.lower() for name in part.keys()} for part in made.walk())  # noqa: SIM118

    @pytest.mark.parametrize("name", ["To", "cc", "BCC", "From", "Subject", "Content-Type", "MIME-Version"])
    def test_what_has_a_member_of_its_own_is_not_set_by_hand(self, name):
        with pytest.raises(ValueError, match="not set by hand"):
            composed(mail(headers={name: "x"}))

    @pytest.mark.parametrize("name", ["", "X Y", "X:Y", "X\r\nBcc", "Ü", "x" * 77])
    def test_what_is_no_name_of_a_header_is_refused(self, name):
        with pytest.raises(ValueError, match="not a name of a header"):
            composed(mail(headers={name: "x"}))

    def test_blind_copies_are_in_no_header(self):
        message = composed(mail(bcc=["eve@example.com"]))
        assert message.recipients() == ["alice@example.com", "eve@example.com"]
        assert "eve" not in message.message().as_string()


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "",
            "alice",
            "@example.com",
            "alice@",
            "a@b@example.com",
            "alice@example.com\r\nBcc: eve@example.com",
            "alice@example.com>\r\nRCPT TO:<eve@example.com",
            "alice@example.com, eve@example.com",
            "alice <alice@example.com>",
            "al ice@example.com",
            "alice@exam\u00a0ple.com",
            "al\0ice@example.com",
            "alice@[127.0.0.1]",
            '"alice"@example.com',
            "alice@" + "ü" * 64 + ".example",
            "a" * 310 + "@example.com",
            "al\udcffice@example.com",
        ],
    )
    @pytest.mark.parametrize("member", ["to", "cc", "bcc", "sender"])
    def test_what_is_none_is_refused(self, member, address):
        made = mail(**{member: Address(address) if member == "sender" else [address]})
        with pytest.raises(ValueError, match="not an e-mail address"):
            composed(made)

    def test_a_mail_to_nobody_is_refused(self):
        with pytest.raises(ValueError, match="no recipients"):
            composed(mail(to=[]))

    @pytest.mark.parametrize(
        ("address", "expected"),
        [
            ("alice@example.com", "alice@example.com"),
            ("a!#$%&'*+-/=?^_`{|}~b@example.com", "a!#$%&'*+-/=?^_`{|}~b@example.com"),
            ("root@localhost", "root@localhost"),
            ("alice@BÜRO.example", "alice@xn--bro-hoa.example"),
            ("jürgen@example.com", "jürgen@example.com"),
        ],
    )
    def test_domains_are_in_ascii(self, address, expected):
        assert ascii_domain(address) == expected

    @given(name=st.text(max_size=100))
    def test_a_name_never_changes_who_gets_it(self, name):
        made = sent(mail(to=[Address("alice@example.com", name), Address("bob@example.com", name)]))
        assert [one.addr_spec for one in made["to"].addresses] == ["alice@example.com", "bob@example.com"]

    @given(name=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=100))
    def test_a_name_arrives_as_it_is(self, name):
        raw = composed(mail(to=[Address("alice@example.com", name)])).message().as_bytes()
        shown, address = parseaddr(message_from_bytes(raw)["To"])
        assert (str(make_header(decode_header(shown))), address) == (name, "alice@example.com")

    @given(text=st.text(max_size=200))
    def test_a_text_on_one_line_stays_there(self, text):
        assert len(on_one_line(text).splitlines()) <= 1

    def test_a_name_of_blanks_is_none(self):
        assert header_text(Address("alice@example.com", " \n ")) == "alice@example.com"


class TestFiles:
    def test_come_as_bytes_or_from_what_is_open(self):
        made = sent(mail(attachments={"a.bin": b"\0\1", "b.txt": BytesIO(b"two")}))
        _, first, second = made.iter_parts()
        assert (first.get_filename(), first.get_payload(decode=True)) == ("a.bin", b"\0\1")
        assert (second.get_filename(), second.get_payload(decode=True)) == ("b.txt", b"two")
        assert {part.get_content_disposition() for part in (first, second)} == {"attachment"}

    def test_inline_ones_stand_beside_the_body_that_shows_them(self):
        made = sent(mail(inline_attachments={"logo.png": b"\x89PNG\r\n\x1a\n"}))
        (related,) = made.iter_parts()
        body, logo = related.iter_parts()
        assert [part.get_content_type() for part in (made, related, body, logo)] == [
            "multipart/mixed", "multipart/related", "multipart/alternative", "image/png"
        ]  # fmt: skip
        assert (logo["content-id"], logo.get_content_disposition()) == ("<logo.png>", "inline")

    @pytest.mark.parametrize("members", [{"attachments": {"a": b"1"}}, {"inline_attachments": {"a": b"1"}}])
    def test_may_be_all_that_there_is(self, members):
        made = sent(mail(html="", **members))
        assert [part.get_payload(decode=True) for part in made.walk() if not part.is_multipart()] == [b"1"]

    @pytest.mark.parametrize(
        "content",
        [
            b"a\nb\r\nc\rd",
            b"\xff\xfe",
            b"From: x\r\n\r\ny",
            b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n.",
        ],
    )
    def test_arrive_byte_for_byte_whatever_they_look_like(self, content):
        _, attached = sent(mail(attachments={"a": content})).iter_parts()
        assert attached.get_payload(decode=True) == content
