"""The address that `serve` takes: who gets it, and what is said of one that cannot be had."""

import errno
import socket
from contextlib import closing

import pytest

from system_app.serving import CannotListen, Listener


def test_clients_are_let_in_after_listening_only():
    with closing(Listener("127.0.0.1", 0)) as listener:
        port = int(listener.url.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        listener.listen()
        socket.create_connection(("127.0.0.1", port)).close()


def test_of_two_that_start_at_once_one_gets_the_port():
    with closing(Listener("127.0.0.1", 0)) as first:
        port = int(first.url.rpartition(":")[2])
        with closing(Listener("127.0.0.1", port)) as second:
            first.listen()
            with pytest.raises(CannotListen, match=f"port {port} is in use"):
                second.listen()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        pytest.param("127.0.0.1", "http://127.0.0.1:", id="address"),
        pytest.param("localhost", "http://localhost:", id="name"),
        pytest.param("", "http://0.0.0.0:", id="every_address"),
        pytest.param("::1", "http://[::1]:", id="ipv6"),
        pytest.param("[::1]", "http://[::1]:", id="ipv6_in_brackets"),
    ],
)
def test_the_url_is_one_that_can_be_opened(host, url):
    if ":" in host and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with closing(Listener(host, 0)) as listener:
        assert listener.url.startswith(url)
        assert not listener.url.endswith(":0")


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("number", "message"),
    [
        pytest.param(
            errno.EACCES, "port 0 is for privileged users. Give a PORT from 1024 on.", id="privileged_port"
        ),
        pytest.param(errno.ENOBUFS, "No buffer space available.", id="another_error"),
    ],
)
def test_an_address_that_is_refused_is_explained(number, message, monkeypatch):
    def refuse(self, address):
        raise OSError(number, "No buffer space available")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(CannotListen) as refusal:
        Listener("127.0.0.1", 0)
    assert str(refusal.value) == f"Cannot serve on 127.0.0.1: {message}"
