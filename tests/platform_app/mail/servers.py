"""Mail servers on loopback: a real one (aiosmtpd) that keeps what it gets, and one that follows a script."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Received:
    """One mail as the server got it, and how it came."""

    sender: str
    recipients: list[str]
    content: bytes
    host_name: str
    is_encrypted: bool
    options: list[str]


@dataclass
class MailServer:
    """What a test sees of the server. `refuses` maps what an address begins with to the answer it gets."""

    host: str
    port: int = 0
    received: list[Received] = field(default_factory=list)
    logins: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)

    # --- what aiosmtpd calls; the names are its own ---

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._refusal(address)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._refusal(address)
        if refusal.startswith("250"):
            envelope.rcpt_tos.append(address)
        return refusal

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.received.append(
            Received(
                sender=envelope.mail_from or "",
                recipients=list(envelope.rcpt_tos),
                content=content,
                host_name=session.host_name or "",
                is_encrypted=session.ssl is not None or _is_tls(server),
                options=[str(option) for option in envelope.mail_options],
            )
        )
        return self._refusal("DATA")

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((mechanism, data.login, data.password))
        return AuthResult(success=data.password != b"wrong", handled=False)

    def _refusal(self, address: str) -> str:
        return next((told for start, told in self.refuses.items() if address.startswith(start)), "250 OK")


def _is_tls(server: SMTP) -> bool:
    assert server.transport is not None
    return server.transport.get_extra_info("sslcontext") is not None


@contextlib.contextmanager
def mail_server(
    host: str = "127.0.0.1",
    *,
    implicit_tls: ssl.SSLContext | None = None,
    start_tls: ssl.SSLContext | None = None,
    most_bytes: int = 50_000_000,
    **options: Any,
) -> Iterator[MailServer]:
    """A server that runs until the block ends; further options are those of aiosmtpd's SMTP."""
    server = MailServer(host)
    loop = asyncio.new_event_loop()

    def conversation() -> SMTP:
        return SMTP(
            server,
            hostname="mail.example.com",
            tls_context=start_tls,
            authenticator=server.authenticate,
            auth_require_tls=False,
            data_size_limit=most_bytes,
            loop=loop,
            **options,
        )

    listening = loop.run_until_complete(loop.create_server(conversation, host, 0, ssl=implicit_tls))
    server.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        _end(loop)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


# --- certificates ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Certificate:
    """One that signed itself, for this machine; `path` is what somebody who trusts it points to."""

    path: Path
    context: ssl.SSLContext


def self_signed(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    addresses = [x509.IPAddress(ip_address(text)) for text in ("127.0.0.1", "::1")]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path = folder / "key.pem"
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, key_path)
    return Certificate(path, context)


# --- a script ------------------------------------------------------------------------------------------

HANG, CLOSE = b"", None
Line = bytes | None


class ScriptedServer:
    """Says one line for each that it hears, the first one unasked; HANG says nothing more, CLOSE hangs up.

    `heard` are the lines of the client. What it says after HANG comes byte by byte, without end.
    """

    def __init__(self, lines: Sequence[Line], *, endless: bytes = b"") -> None:
        self._lines = list(lines)
        self._endless = endless
        self._ended = threading.Event()
        self.heard: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def __enter__(self) -> "ScriptedServer":
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._socket.accept()
            with connection, connection.makefile("rb") as hearing:
                self._talk(connection, hearing)

    def _talk(self, connection: socket.socket, hearing: Any) -> None:
        for line in self._lines:
            if line is CLOSE:
                return
            if line == HANG:
                break
            connection.sendall(line)
            self.heard.append(hearing.readline())
            if self.heard[-1] == b"DATA\r\n":
                connection.sendall(b"354 go on\r\n")
                while hearing.readline() not in (b".\r\n", b""):
                    pass
        while not self._ended.wait(0.01):
            if self._endless:
                connection.sendall(self._endless)
