"""The configurations in deploy/, run by the real programs where they are installed, before a real server.

Without TLS and on ports of loopback; all else is as it stands in the files.
"""

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.process.at_once import SUPERUSER, as_superuser, send
from tests.served import ROOT, START_SECONDS, STOP_SECONDS, Server, answer_of, manage, reserved_port, start

CONNECTING = b"event:PB_CONNECT"
BODY = b"x" * 3_000_000


def nginx(folder: Path, port: int, upstream: int, *, below: str = "") -> list[str]:
    """The command line of nginx with our server block, of which `below` is the sub-path."""
    block = (ROOT / "deploy/nginx.conf").read_text()
    block = re.sub(r"listen .*;", f"listen 127.0.0.1:{port};", block)
    block = re.sub(r" +ssl_certificate.*\n", "", block)
    block = block.replace("127.0.0.1:8090;", f"127.0.0.1:{upstream}{'/' if below else ''};")
    block = block.replace("location / {", f"location {below}/ {{")
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"pid {folder}/pid;\nerror_log {folder}/errors;\ndaemon off;\nevents {{}}\n"
        f"http {{ access_log off;\n{paths}{block} }}\n"
    )
    return ["nginx", "-e", str(folder / "errors"), "-c", str(config)]


def caddy(folder: Path, port: int, upstream: int, *, below: str = "") -> list[str]:
    text = (ROOT / "deploy/Caddyfile").read_text()
    text = text.replace("api.example.com {", f"http://127.0.0.1:{port} {{")
    text = text.replace("127.0.0.1:8090", f"127.0.0.1:{upstream}")
    if below:
        text = text.replace("\treverse_proxy", f"\thandle_path {below}/* {{\n\treverse_proxy") + "}\n"
    config = folder / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {folder}\n}}\n{text}")
    return ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"]


Proxy = Callable[..., list[str]]


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("proxied") / "pb_data"
    command = manage(data_dir, "superuser", "upsert", *SUPERUSER)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    server = start(data_dir)
    as_superuser(server)("PATCH", "settings", {"trustedProxy": {"headers": ["X-Forwarded-For"]}})
    yield server
    server.stop()


PROXIES: dict[str, Proxy] = {"nginx": nginx, "caddy": caddy}


@pytest.fixture(params=PROXIES)
def proxy(request: pytest.FixtureRequest) -> Proxy:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return PROXIES[request.param]


@contextmanager
def running(proxy: Proxy, folder: Path, server: Server, **options: str) -> Iterator[Server]:
    """The server as it is seen through the proxy."""
    with reserved_port() as port:
        process = subprocess.Popen(  # noqa: S603 - a proxy on loopback
            proxy(folder, port, server.port, **options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            seen = replace(server, port=port)
            deadline = time.monotonic() + START_SECONDS
            while not _answers(port):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield seen
        finally:
            process.terminate()
            # It waits for open streams; none may be left when their clients are gone.
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_requests_and_their_clients_come_through(proxy: Proxy, behind: Server, tmp_path: Path) -> None:
    with running(proxy, tmp_path, behind) as seen:
        body = {"identity": SUPERUSER[0], "password": SUPERUSER[1]}
        status, signed_in = send(seen, "POST", "collections/_superusers/auth-with-password", body)
        assert status == 200
        # A header of the client's own is not believed.
        headers = {"authorization": signed_in["token"], "x-forwarded-for": "203.0.113.9"}
        _, health = send(seen, "GET", "health", None, headers)
        assert health["data"]["realIP"] == "127.0.0.1"
        assert health["data"]["possibleProxyHeader"] == "X-Forwarded-For"


def test_large_bodies_come_through(proxy: Proxy, behind: Server, tmp_path: Path) -> None:
    """Joey refuses this one, and not the proxy."""
    with running(proxy, tmp_path, behind) as seen:
        headers = {"content-type": "application/json"}
        answer = seen.request("POST", "/api/collections/users/records", headers, BODY)
        assert (answer.status, json.loads(answer.body)["status"]) == (400, 400)


@pytest.mark.parametrize("below", ["", "/pb"], ids=["root", "sub_path"])
def test_streams_begin_at_once(proxy: Proxy, behind: Server, tmp_path: Path, below: str) -> None:
    with running(proxy, tmp_path, behind, below=below) as seen:
        connection = seen.connect()
        connection.request("GET", f"{below}/api/realtime")
        with connection.getresponse() as stream:
            assert (stream.status, stream.getheader("content-type")) == (200, "text/event-stream")
            heard = b""
            while CONNECTING not in heard:  # the stream goes on: only what is sent at once comes
                piece = stream.read1(1024)
                assert piece
                heard += piece
        connection.close()


def test_a_sub_path_serves_the_api_and_nothing_else(proxy: Proxy, behind: Server, tmp_path: Path) -> None:
    with running(proxy, tmp_path, behind, below="/pb") as seen:
        connection = seen.connect()
        connection.request("GET", "/pb/api/health")
        assert answer_of(connection).status == 200
        connection.close()
        assert b"API is healthy" not in seen.request("GET", "/api/health").body
