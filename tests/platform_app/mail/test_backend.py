"""By which way mails leave, and the backend that Django's own functions use."""

import os
import select
import signal
from pathlib import Path

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage, mail_admins, send_mail
from django.core.mail.backends.console import EmailBackend as Console
from django.core.mail.backends.locmem import EmailBackend as Locmem
from django.db import OperationalError

from platform_app.mail import backend, sendmail
from platform_app.mail.backend import PATH, EmailBackend, Sendmail, Smtp, way
from platform_app.mail.errors import MailFailed, MailRefused, MailTooSlow, NoMailer
from platform_app.mail.message import Mail, composed
from platform_app.mail.sending import send
from platform_app.runtime_settings.shape import RuntimeSettings
from tests.platform_app.mail.servers import mail_server
from tests.system_app.settings_row import save

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def own_backend(settings):
    settings.EMAIL_BACKEND = PATH


class TestTheChoice:
    @pytest.mark.parametrize(
        ("has_smtp", "chosen", "has_sendmail", "is_development", "expected"),
        [
            pytest.param(True, LOCMEM, True, True, Smtp, id="smtp_first"),
            pytest.param(True, PATH, False, False, Smtp, id="smtp_alone"),
            pytest.param(False, LOCMEM, True, True, Locmem, id="then_the_chosen_backend"),
            pytest.param(False, PATH, True, True, Sendmail, id="then_sendmail"),
            pytest.param(False, PATH, False, True, Console, id="then_the_console_in_development"),
            pytest.param(False, PATH, False, False, NoMailer, id="else_none"),
        ],
    )
    def test_the_first_that_is_there(
        self, settings, monkeypatch, has_smtp, chosen, has_sendmail, is_development, expected
    ):
        settings.EMAIL_BACKEND = chosen
        settings.JOEY_MAIL_TO_CONSOLE = is_development
        monkeypatch.setattr(backend, "sendmail_path", lambda: "/bin/sendmail" if has_sendmail else None)
        smtp = RuntimeSettings.from_json({"smtp": {"enabled": has_smtp}}).smtp
        if expected is NoMailer:
            with pytest.raises(NoMailer, match=r"smtp in the settings.*EMAIL_BACKEND.*sendmail"):
                way(smtp)
        else:
            assert type(way(smtp)) is expected

    def test_settings_saved_meanwhile_count_for_the_next_mail(self, db):
        with mail_server() as server:
            save(smtp={"enabled": True, "host": "127.0.0.1", "port": server.port})
            send(Mail(to=["alice@example.com"], subject="1", html="x"))
            save(smtp={"enabled": False})
            send(Mail(to=["alice@example.com"], subject="2", html="x"))
        assert len(server.received) == 1
        assert [message.subject for message in django_mail.outbox] == ["2"]


class TestDjangosOwnFunctions:
    def test_go_the_same_way(self, db, own_backend, settings):
        settings.ADMINS = [("Root", "root@example.com")]
        with mail_server() as server:
            save(smtp={"enabled": True, "host": "127.0.0.1", "port": server.port})
            assert send_mail("Hi", "text", '"Jöy" <joey@example.com>', ["alice@büro.example"]) == 1
            mail_admins("Trouble", "text")
        first, second = server.received
        assert (first.sender, first.recipients) == ("joey@example.com", ["alice@xn--bro-hoa.example"])
        assert second.recipients == ["root@example.com"]

    def test_raise_what_keeps_a_mail(self, db, own_backend, monkeypatch):
        monkeypatch.setattr(backend, "sendmail_path", lambda: None)
        with pytest.raises(NoMailer):
            send_mail("Hi", "text", "joey@example.com", ["alice@example.com"])

    def test_a_silent_failure_is_noted(self, db, own_backend, monkeypatch, caplog):
        monkeypatch.setattr(backend, "sendmail_path", lambda: None)
        message = EmailMessage(
            "Code 123456", "text", "joey@example.com", ["alice@example.com"], bcc=["B <b@x.org>"]
        )
        assert message.send(fail_silently=True) == 0
        (record,) = caplog.records
        assert record.getMessage().startswith(
            "a mail to somebody at example.com, x.org was not sent: no mailer"
        )

    def test_a_report_that_the_database_is_gone_fails_silently(
        self, own_backend, settings, monkeypatch, caplog
    ):
        def gone():
            raise OperationalError("no database")

        settings.ADMINS = [("Root", "root@example.com")]
        monkeypatch.setattr(backend, "current", gone)
        mail_admins("Trouble", "text", fail_silently=True)
        assert [record.getMessage() for record in caplog.records] == [
            "a mail to somebody at example.com was not sent: no database"
        ]

    def test_nothing_to_send_needs_no_way(self, db, own_backend, monkeypatch):
        monkeypatch.setattr(backend, "sendmail_path", lambda: None)
        assert EmailBackend().send_messages([]) == 0

    def test_addresses_that_would_be_commands_are_refused(self, db, own_backend):
        with mail_server() as server:
            save(smtp={"enabled": True, "host": "127.0.0.1", "port": server.port})
            for evil in ("a@b.co>\r\nRCPT TO:<eve@example.com", "a b@c.co", ""):
                message = EmailMessage("Hi", "text", "joey@example.com", ["alice@example.com", evil or "<>"])
                with pytest.raises(ValueError, match="not an e-mail address|newlines"):
                    message.send()
        assert server.received == []

    def test_the_default_of_the_settings_is_this_backend(self):
        import config.settings as written

        text = Path(written.__file__).read_text(encoding="utf-8")
        assert f'env.text("EMAIL_BACKEND") or "{PATH}"' in text
        assert EmailBackend.__module__ + "." + EmailBackend.__name__ == PATH


# --- sendmail -------------------------------------------------------------------------------------------

KEEP = """#!/bin/sh
echo "$@" > "{folder}/arguments"
cat > "{folder}/mail"
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a script in the place of sendmail."""

    def put(text: str) -> Path:
        path = tmp_path / "sendmail"
        path.write_text(text.replace("{folder}", str(tmp_path)))
        path.chmod(0o755)
        monkeypatch.setattr(sendmail, "_PLACES", ("sendmail",))
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        return tmp_path

    return put


def deliver(**members) -> None:
    made = {"to": ["alice@example.com"], "subject": "Grüße", "html": "<p>Hi</p>", **members}
    send(Mail(**made))


@pytest.mark.django_db
class TestSendmail:
    @pytest.fixture(autouse=True)
    def _own(self, own_backend):
        pass

    def test_gets_the_mail_and_finds_the_recipients_in_it(self, program):
        folder = program(KEEP)
        deliver(cc=["bob@example.com"])
        assert (folder / "arguments").read_text() == "-i -t\n"
        head, _, body = (folder / "mail").read_bytes().partition(b"\n\n")
        assert b"To: alice@example.com\nCc: bob@example.com\n" in head
        assert b"\r" not in head + body
        assert b"<p>Hi</p>" in body

    def test_blind_copies_are_arguments_and_in_no_header(self, program):
        folder = program(KEEP)
        deliver(bcc=["-oQ/tmp@example.com"])
        assert (folder / "arguments").read_text() == "-i -- alice@example.com -oQ/tmp@example.com\n"
        assert b"-oQ" not in (folder / "mail").read_bytes()

    def test_headers_that_name_others_do_not_say_who_gets_it(self, program):
        folder = program(KEEP)
        headers = {"To": "list@example.com"}
        EmailMessage("Hi", "text", "joey@example.com", ["alice@example.com"], headers=headers).send()
        assert (folder / "arguments").read_text() == "-i -- alice@example.com\n"

    def test_says_itself_why_it_failed(self, program):
        folder = program("#!/bin/sh\necho 'no such user' >&2\nexit 67\n")
        with pytest.raises(MailRefused) as refused:
            deliver()
        assert str(refused.value) == f"{folder}/sendmail ended with code 67: no such user"

    def test_need_not_read_what_it_gets(self, program):
        program("#!/bin/sh\nexit 0\n")
        deliver(attachments={"a": b"x" * 1_000_000})

    def test_what_it_leaves_running_is_not_waited_for(self, program):
        folder = program("#!/bin/sh\nsleep 3600 &\necho $! > '{folder}/pid'\n")
        deliver()
        os.kill(int((folder / "pid").read_text()), signal.SIGKILL)

    def test_is_ended_with_all_its_children_when_the_time_is_over(self, program, settings):
        settings.JOEY_MAIL_TIMEOUT = 0.5
        folder = program("#!/bin/sh\nexec 3> '{folder}/held'\necho held >&3\nsleep 3600 &\nwait\n")
        os.mkfifo(folder / "held")
        held = os.open(folder / "held", os.O_RDONLY | os.O_NONBLOCK)
        try:
            with pytest.raises(MailTooSlow, match=r"sendmail did not end within 0\.5 s"):
                deliver()
            assert os.read(held, 100) == b"held\n"
            # The end of the pipe comes when nobody has it open any more, so when the child is gone, too.
            select.select([held], [], [], 10)
            assert os.read(held, 100) == b""
        finally:
            os.close(held)

    def test_one_that_cannot_be_started_is_named(self, program):
        folder = program("#!/no/such/shell\n")
        with pytest.raises(MailFailed, match=f"{folder}/sendmail cannot be started: No such file"):
            deliver()

    def test_is_found_in_its_usual_places_first(self, program, monkeypatch, tmp_path):
        program(KEEP)
        usual = tmp_path / "usual"
        usual.mkdir()
        (usual / "sendmail").write_text("#!/bin/sh\n")
        monkeypatch.setattr(sendmail, "_PLACES", (str(usual / "sendmail"), "sendmail"))
        assert sendmail.sendmail_path() == str(tmp_path / "sendmail")  # the usual one may not be executed
        (usual / "sendmail").chmod(0o755)
        assert sendmail.sendmail_path() == str(usual / "sendmail")


def test_connection_of_a_message_is_what_it_is_sent_by(db):
    own = Locmem()
    message = composed(Mail(to=["alice@example.com"], subject="x", html="y"), own)
    assert message.connection is own
