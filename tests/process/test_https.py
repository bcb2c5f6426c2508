"""`serve DOMAIN...`: certificates from an authority, HTTPS, and what HTTP is left for."""

import http.client
import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography import x509

from system_app.tls.certificates import write_file
from tests.process.pebble import Authority, authority
from tests.process.tls_proxy import self_signed
from tests.served import ROOT, START_SECONDS, Answer, Server, answer_of, manage, reserved_port, start

NAME = "joey.test"
OTHER = "other.test"


@dataclass
class HttpsServer:
    server: Server
    port: int
    authority: Authority

    def connect(self, name: str = NAME, trust: ssl.SSLContext | None = None) -> http.client.HTTPSConnection:
        """As a client that found the name on this machine."""
        connection = http.client.HTTPSConnection(name, self.port, timeout=START_SECONDS)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=START_SECONDS)
        try:
            connection.sock = (trust or self.authority.trust).wrap_socket(plain, server_hostname=name)
        except OSError:
            plain.close()
            raise
        return connection

    def request(self, method: str, target: str, name: str = NAME, **headers: str) -> Answer:
        connection = self.connect(name)
        try:
            connection.request(method, target, headers=headers)
            return answer_of(connection)
        finally:
            connection.close()

    def certificate(self, name: str = NAME) -> x509.Certificate:
        """What a client that asks for this name is shown; waits until there is one."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                connection = self.connect(name)
            except ssl.SSLError:
                if time.monotonic() > deadline:
                    raise AssertionError(self.server.output.read_text()) from None
                time.sleep(0.05)
            else:
                shown = cast(ssl.SSLSocket, connection.sock).getpeercert(binary_form=True)
                connection.close()
                return x509.load_der_x509_certificate(shown or b"")


@contextmanager
def https_server(
    data_dir: Path, certified_by: Authority, *names: str, http_port: int, **variables: Any
) -> Iterator[HttpsServer]:
    with reserved_port() as port:
        server = start(
            data_dir,
            command=("manage.py", "serve", *names, f"--https=127.0.0.1:{port}"),
            port=http_port,
            status=302,
            ACME_DIRECTORY=certified_by.directory,
            ACME_CA_BUNDLE=str(certified_by.bundle),
            **variables,
        )
        try:
            yield HttpsServer(server, port, certified_by)
        finally:
            server.stop()


@pytest.fixture(scope="module")
def https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    folder = tmp_path_factory.mktemp("https")
    with (
        reserved_port() as http_port,
        authority(folder / "authority", names={NAME, OTHER}, http_port=http_port) as pebble,
        https_server(folder / "pb_data", pebble, NAME, OTHER, http_port=http_port, WORKERS="2") as server,
    ):
        for name in (NAME, OTHER):
            server.certificate(name)
        yield server


def test_each_name_has_a_certificate_of_its_own(https: HttpsServer) -> None:
    for name in (NAME, OTHER):
        names = https.certificate(name).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [name]
        assert https.request("GET", "/api/health", name).status == 200


def test_two_processes_ask_the_authority_once(https: HttpsServer) -> None:
    said = (https.authority.bundle.parent / "pebble.output").read_text()
    assert said.count("POST /order-plz") == 2


def test_keys_and_certificates_are_for_their_owner_only(https: HttpsServer, data_dir: Path) -> None:
    files = {path.name: path.stat().st_mode & 0o777 for path in (data_dir / ".autocert_cache").iterdir()}
    assert files.keys() == {NAME, OTHER, "acme_account+key", ".attempts.json", ".lock"}
    assert set(files.values()) == {0o600}


@pytest.fixture
def data_dir(https: HttpsServer) -> Path:
    return https.authority.bundle.parent.parent / "pb_data"


def test_a_new_certificate_is_used_without_a_restart(https: HttpsServer, data_dir: Path) -> None:
    """As another process would have got it: both of this server show it from then on."""
    file = data_dir / ".autocert_cache" / OTHER
    before = file.read_bytes()
    renewed = self_signed(data_dir, OTHER).read_bytes()
    trusted = ssl.create_default_context(cadata=renewed[renewed.index(b"-----BEGIN CERT") :].decode())
    try:
        write_file(file, renewed)
        for _ in range(20):
            https.connect(OTHER, trusted).close()
    finally:
        write_file(file, before)
    https.connect(OTHER).close()


@pytest.mark.parametrize("name", ["stranger.test", f"www.{NAME}", "127.0.0.1"])
def test_other_names_are_refused(https: HttpsServer, name: str) -> None:
    """The name with www. is one of ours, but nobody can look it up: there is no certificate for it."""
    with pytest.raises(ssl.SSLError):
        https.connect(name)


@pytest.mark.parametrize(
    ("method", "target", "host", "status", "said"),
    [
        pytest.param("GET", "/a%2Fb?c=d", f"{NAME}:80", 302, f"https://{NAME}:PORT/a%2Fb?c=d", id="get"),
        pytest.param("HEAD", "/", NAME, 302, f"https://{NAME}:PORT/", id="head"),
        pytest.param("POST", "/api/batch", NAME, 400, None, id="post"),
        pytest.param("GET", "/.well-known/acme-challenge/x", NAME, 404, None, id="unknown_challenge"),
        pytest.param("GET", "/.well-known/acme-challenge/../" + NAME, NAME, 404, None, id="traversal"),
        pytest.param("GET", "/.well-known/acme-challenge/x", "stranger.test", 403, None, id="stranger"),
    ],
)
def test_http_is_for_challenges_and_leads_to_https(
    https: HttpsServer, method: str, target: str, host: str, status: int, said: str | None
) -> None:
    answer = https.server.request(method, target, {"Host": host})
    headers = dict(answer.headers)
    del headers["content-length"]
    if said:
        location = said.replace("PORT", str(https.port))
        assert headers == {"content-type": "text/html; charset=utf-8", "location": location}
        assert answer.body == (f'<a href="{location}">Found</a>.\n\n'.encode() if method == "GET" else b"")
    else:
        assert headers == {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
    assert answer.status == status


@pytest.mark.parametrize("host", [f"www.{NAME}", f"WWW.{NAME}:8443"])
def test_www_leads_to_the_bare_name(https: HttpsServer, host: str) -> None:
    answer = https.request("GET", "/api//x?y=%20", Host=host)
    assert answer.status == 307  # tidied first, as everywhere
    answer = https.request("GET", "/api/x?y=%20", Host=host)
    assert (answer.status, answer.body) == (307, b"")
    assert dict(answer.headers)["location"] == f"https://{host[4:]}/api/x?y=%20"


def test_requests_are_known_to_be_encrypted(https: HttpsServer) -> None:
    headers = dict(https.request("GET", "/_/login/").headers)
    assert "Secure" in headers["set-cookie"]


def test_a_head_beyond_all_bounds_is_told_so(https: HttpsServer) -> None:
    answer = https.request("GET", "/api/health?" + "x" * 1_200_000)
    assert (answer.status, answer.body) == (431, b"431 Request Header Fields Too Large")


def test_a_file_comes_whole(https: HttpsServer, data_dir: Path) -> None:
    content = b"".join(number.to_bytes(4, "big") for number in range(5_000_000))
    env = manage(data_dir, "superuser", "upsert", "ann@example.com", "1234567890")
    subprocess.run(env, cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    connection = https.connect()
    try:
        token = sign_in(connection)
        (data_dir / "backups" / "large.zip").write_bytes(content)
        connection.request("POST", "/api/files/token", headers={"Authorization": token})
        file_token = json.loads(answer_of(connection).body)["token"]
        for headers, expected in (
            ({}, content),
            ({"Range": "bytes=999999-15000000"}, content[999_999:15_000_001]),
        ):
            connection.request("GET", f"/api/backups/large.zip?token={file_token}", headers=headers)
            assert answer_of(connection).body == expected
    finally:
        connection.close()


def sign_in(connection: http.client.HTTPSConnection) -> str:
    body = json.dumps({"identity": "ann@example.com", "password": "1234567890"})
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/api/collections/_superusers/auth-with-password", body, headers)
    return str(json.loads(answer_of(connection).body)["token"])


def test_without_its_authority_it_serves_what_it_can_and_says_so(tmp_path: Path) -> None:
    """The certificate that is there is used, though it should have been renewed; the other name waits."""
    data_dir = tmp_path / "pb_data"
    cache = data_dir / ".autocert_cache"
    cache.mkdir(parents=True)
    kept = self_signed(tmp_path, NAME, since_days=60)
    write_file(cache / NAME, kept.read_bytes())
    away = Authority("https://127.0.0.1:1/dir", kept, kept)
    with reserved_port() as port, https_server(data_dir, away, NAME, OTHER, http_port=port) as server:
        assert server.request("GET", "/api/health").status == 200
        with pytest.raises(ssl.SSLError):
            server.connect(OTHER)
        said = until_said(server.server, f"there is no new certificate for {OTHER}: https://127.0.0.1:1/dir")
        assert f"{OTHER} is not served by HTTPS until there is a certificate for it" in said


def test_a_certificate_is_renewed_while_it_serves(tmp_path: Path) -> None:
    """One that holds for seconds; a connection that is open meanwhile goes on. Another name is refused."""
    with (
        reserved_port() as port,
        authority(tmp_path / "authority", names={NAME}, http_port=port, lifetime_seconds=15) as pebble,
        https_server(tmp_path / "pb_data", pebble, OTHER, NAME, http_port=port, WORKERS="2") as server,
    ):
        first = server.certificate()
        connection = server.connect()
        while (now := server.certificate()).serial_number == first.serial_number:
            assert datetime.now(UTC) < first.not_valid_after_utc + timedelta(seconds=START_SECONDS)
            time.sleep(0.2)
        assert now.not_valid_before_utc > first.not_valid_before_utc
        connection.request("GET", "/api/health")
        assert answer_of(connection).status == 200
        connection.close()
        until_said(server.server, f"there is no new certificate for {OTHER}: ")


def test_it_ends_in_good_order(tmp_path: Path) -> None:
    """With a client that waits between two requests, and one that has not said a word."""
    data_dir = tmp_path / "pb_data"
    kept = self_signed(tmp_path, NAME)
    write_file(data_dir / ".autocert_cache" / NAME, kept.read_bytes())
    away = Authority("https://127.0.0.1:1/dir", kept, kept)
    with reserved_port() as port, https_server(data_dir, away, NAME, http_port=port) as server:
        connection = server.connect()
        connection.request("GET", "/api/health")
        assert answer_of(connection).status == 200
        with socket.create_connection(("127.0.0.1", server.port)):
            server.server.stop()
        connection.close()
        assert server.server.process.returncode == 0


def until_said(server: Server, text: str) -> str:
    deadline = time.monotonic() + START_SECONDS
    while text not in (said := server.output.read_text()):
        assert time.monotonic() < deadline, said
        time.sleep(0.05)
    return said


@pytest.mark.parametrize(
    ("flags", "status", "line"),
    [
        pytest.param(
            (NAME, "--https", "127.0.0.1:TAKEN"),
            1,
            "CommandError: Cannot serve on 127.0.0.1: port TAKEN is in use. "
            "Give another HTTPS_ADDRESS, or stop what has it.",
            id="https_port_in_use",
        ),
        pytest.param(
            (NAME, "--https", "127.0.0.1:0", "--http", "127.0.0.1:TAKEN"),
            1,
            "CommandError: Cannot serve on 127.0.0.1: port TAKEN is in use. "
            "Give another PORT, or stop what has it.",
            id="http_port_in_use",
        ),
        pytest.param(
            ("localhost", "--https", "127.0.0.1:0", "--http", "127.0.0.1:0"),
            1,
            "CommandError: No certificate can be had for 'localhost': "
            "expected a public name such as example.com.",
            id="no_public_name",
        ),
        pytest.param(
            ("--https", "127.0.0.1:0"),
            1,
            "CommandError: No certificate can be had for '127.0.0.1': "
            "expected a public name such as example.com.",
            id="no_name",
        ),
        pytest.param(
            ("--http", "8090"),
            2,
            "manage.py: error: argument --http: expected HOST:PORT, got '8090'",
            id="no_address",
        ),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    tmp_path: Path, flags: tuple[str, ...], status: int, line: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = str(other.getsockname()[1])
        command = manage(tmp_path / "pb_data", "serve", *(flag.replace("TAKEN", taken) for flag in flags))
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    expected = (status, "", line.replace("TAKEN", taken) + "\n")
    assert (ended.returncode, ended.stdout, ended.stderr) == expected
    assert not (tmp_path / "pb_data").exists()
