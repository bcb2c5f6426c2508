"""One conversation with a mail server (RFC 5321), each step of it within a deadline.

Python's smtplib counts the time of every single read, so that a server which sends a byte now and then holds
a thread for as long as it likes; and it sends user names and passwords in ASCII only.

Reference: tools/mailer/smtp.go, PocketBase v0.39.11.
"""

import base64
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from platform_app.mail.deadline import Deadline
from platform_app.mail.errors import MailFailed, MailRefused, MailTooSlow

_MOST_LINE_BYTES = 8192
_MOST_LINES = 200
# One record of TLS; the time for a step counts for each, so large mails may take several steps.
_PIECE_BYTES = 16_384
_GOODBYE_SECONDS = 1.0
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class SmtpClient:
    """A connection to one server; as a `with` block it ends with QUIT."""

    def __init__(self, host: str, port: int, *, is_tls: bool, deadline: Deadline) -> None:
        """Connect, encrypted from the first byte if `is_tls`, and hear the greeting. Raises MailFailed."""
        self._host = host
        self._deadline = deadline
        self._received = bytearray()
        self._extensions: dict[str, str] = {}
        self._is_encrypted = False
        self._is_talking = True  # until something goes wrong below the protocol
        self._step = "the connection"
        self._socket = _connected(host, port, deadline)
        try:
            if is_tls:
                self._encrypt()
            self._step = "a greeting"
            self._expect(220)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # A mail that was taken is sent, whatever becomes of the good-bye, and nobody is to wait for that.
        self._deadline = Deadline(seconds=_GOODBYE_SECONDS, step_seconds=self._deadline.step_seconds)
        with suppress(MailFailed):
            if self._is_talking:
                self._ask("QUIT", 221)
        self._socket.close()

    @property
    def is_encrypted(self) -> bool:
        return self._is_encrypted

    def greet(self, local_name: str) -> None:
        """Say who we are, and switch to TLS where the server offers it. Raises MailFailed."""
        self._hello(local_name)
        if "STARTTLS" in self._extensions and not self._is_encrypted:
            self._ask("STARTTLS", 220)
            if self._received:
                raise self._broken(MailRefused("the mail server sent more before the encryption began"))
            self._encrypt()
            self._hello(local_name)

    def log_in(self, user: str, password: str, *, is_login: bool) -> None:
        """Sign in by AUTH LOGIN or else PLAIN; only encrypted, or on this machine. Raises MailFailed."""
        if not self._is_encrypted and self._host not in _LOCAL_HOSTS:
            raise MailFailed("unencrypted connection: the mail server offers no TLS, so it gets no password")
        if is_login:
            self._ask("AUTH LOGIN", 334, step="AUTH")
            self._ask(_base64(user), 334, step="AUTH")
            self._ask(_base64(password), 235, step="AUTH")
        else:
            credentials = _base64("\0".join(("", user, password)))
            self._ask(f"AUTH PLAIN {credentials}", 235, step="AUTH")

    def deliver(self, sender: str, recipients: Sequence[str], message: bytes) -> None:
        """Hand over one mail; all recipients get it, or nobody. Raises MailFailed."""
        self._ask(f"MAIL FROM:<{sender}>{self._parameters([sender, *recipients], message)}", 250)
        for recipient in recipients:
            self._ask(f"RCPT TO:<{recipient}>", 250, 251)
        self._ask("DATA", 354)
        self._step = "the mail"
        for piece in _data_pieces(message):
            self._send(piece)
        self._expect(250)

    def _parameters(self, addresses: Sequence[str], message: bytes) -> str:
        """What MAIL says beside the address, as far as the server understands it."""
        parameters = ""
        if "SIZE" in self._extensions:
            parameters += f" SIZE={len(message)}"
        if "8BITMIME" in self._extensions:
            parameters += " BODY=8BITMIME"
        if not all(address.isascii() for address in addresses):
            if "SMTPUTF8" not in self._extensions:
                raise MailFailed("the mail server takes no addresses with letters outside of ASCII")
            parameters += " SMTPUTF8"
        return parameters

    def _hello(self, local_name: str) -> None:
        try:
            lines = self._ask(f"EHLO {local_name}", 250)
        except MailRefused:
            if not self._is_talking:
                raise
            self._ask(f"HELO {local_name}", 250)
            lines = []
        words = (line.partition(" ") for line in lines[1:])
        self._extensions = {name.upper(): rest for name, _, rest in words}

    def _encrypt(self) -> None:
        self._step = "TLS"
        try:
            self._socket.settimeout(self._deadline.step())
            context = ssl.create_default_context()
            self._socket = context.wrap_socket(self._socket, server_hostname=self._host)
        except (OSError, ValueError, MailTooSlow) as error:
            raise self._broken(_translated(error, self._step, self._deadline)) from error
        self._is_encrypted = True

    def _ask(self, command: str, *codes: int, step: str = "") -> list[str]:
        """Send a command; the lines of the answer, which has one of these codes. Raises MailFailed."""
        if "\r" in command or "\n" in command:
            raise MailFailed(f"a line break in a command to the mail server: {command[:100]!r}")
        self._step = step or command.partition(" ")[0]
        self._send(f"{command}\r\n".encode())
        return self._expect(*codes)

    def _send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(self._deadline.step())
            self._socket.sendall(data)
        except (OSError, MailTooSlow) as error:
            raise self._broken(_translated(error, self._step, self._deadline)) from error

    def _expect(self, *codes: int) -> list[str]:
        lines: list[str] = []
        while True:
            line = self._line()
            code, goes_on = line[:3], line[3:4] == "-"
            if not (code.isascii() and code.isdigit() and line[3:4] in ("", " ", "-")):
                raise self._broken(MailRefused(f"not an answer of a mail server: {line[:200]!r}"))
            lines.append(line[4:])
            if not goes_on:
                break
            if len(lines) == _MOST_LINES:
                raise self._broken(MailRefused("the mail server's answer does not end"))
        if int(code) not in codes:
            raise MailRefused(f"{code} " + "\n".join(lines))
        return lines

    def _line(self) -> str:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > _MOST_LINE_BYTES:
                raise self._broken(MailRefused("the mail server's answer does not end"))
            self._received += self._more()
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line.decode("utf-8", "replace").rstrip()

    def _more(self) -> bytes:
        try:
            self._socket.settimeout(self._deadline.step())
            more = self._socket.recv(_MOST_LINE_BYTES)
        except (OSError, MailTooSlow) as error:
            raise self._broken(_translated(error, self._step, self._deadline)) from error
        if not more:
            raise self._broken(MailRefused(f"the mail server closed the connection at {self._step}"))
        return more

    def _broken(self, error: MailFailed) -> MailFailed:
        self._is_talking = False
        return error


def _connected(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first address of `host` that takes one. Raises MailFailed."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        # How long this may take is up to the resolver of the system.
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError) as error:
        raise MailRefused(f"the mail server {place} is not known: {_words(error)}") from error
    failure: Exception | None = None
    for family, kind, protocol, _, address in addresses:
        seconds = deadline.step()
        try:
            return _connected_to(address, socket.socket(family, kind, protocol), seconds)
        except (OSError, OverflowError) as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise MailTooSlow(f"the mail server {place} did not answer in time") from failure
    raise MailRefused(f"the mail server {place} cannot be reached: {_words(failure)}") from failure


def _connected_to(address: Any, connection: socket.socket, seconds: float) -> socket.socket:
    connection.settimeout(seconds)
    try:
        connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


def _data_pieces(message: bytes) -> Iterator[bytes]:
    """The mail as DATA has it: lines end with CRLF, a dot that begins one is doubled, a lone one ends."""
    piece = bytearray()
    for line in message.splitlines():
        if line.startswith(b"."):
            piece += b"."
        piece += line
        piece += b"\r\n"
        if len(piece) >= _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece) + b".\r\n"


def _translated(error: Exception, step: str, deadline: Deadline) -> MailFailed:
    if isinstance(error, MailFailed):
        return error
    if isinstance(error, TimeoutError):
        seconds = deadline.seconds if deadline.is_over else deadline.step_seconds
        return MailTooSlow(f"the mail server did not answer within {seconds:g} s at {step}")
    return MailRefused(f"the connection to the mail server broke at {step}: {_words(error)}")


def _words(error: Exception | None) -> str:
    """What the system says, without its number."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return str((isinstance(error, OSError) and error.strerror) or error)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
