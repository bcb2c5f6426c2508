"""The address behind a trusted proxy, and how many that a client made up are looked at."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from platform_app.requests import client_ip
from platform_app.runtime_settings.shape import TrustedProxySettings


def ip_of(monkeypatch, header: str, *, use_leftmost_ip: bool = False) -> tuple[str, int]:
    """`(the address, how many were looked at)` of a request with this X-Forwarded-For."""
    proxy = TrustedProxySettings(("X-Forwarded-For",), use_leftmost_ip)
    monkeypatch.setattr(client_ip, "current", lambda: SimpleNamespace(trusted_proxy=proxy))
    looked_at: list[str] = []
    expanded = client_ip._expanded

    def counted(text: str) -> str:
        looked_at.append(text)
        return expanded(text)

    monkeypatch.setattr(client_ip, "_expanded", counted)
    request = RequestFactory().get("/", REMOTE_ADDR="9.9.9.9", HTTP_X_FORWARDED_FOR=header)
    return client_ip.real_ip(request), len(looked_at)


@pytest.mark.parametrize(
    ("header", "rightmost", "leftmost"),
    [
        pytest.param("1.1.1.1, 2.2.2.2", "2.2.2.2", "1.1.1.1", id="two"),
        pytest.param("x, 1.1.1.1, y", "1.1.1.1", "1.1.1.1", id="others_are_none"),
        pytest.param("", "9.9.9.9", "9.9.9.9", id="none"),
        pytest.param("x," * 99 + "1.1.1.1", "1.1.1.1", "1.1.1.1", id="a_hundred"),
        pytest.param("x," * 100 + "1.1.1.1", "1.1.1.1", "9.9.9.9", id="one_more_in_front"),
        pytest.param("1.1.1.1" + ",x" * 100, "9.9.9.9", "1.1.1.1", id="one_more_behind"),
        pytest.param("1" * 10_000, "9.9.9.9", "9.9.9.9", id="endless"),
    ],
)
def test_which_address_counts(monkeypatch, header, rightmost, leftmost):
    assert ip_of(monkeypatch, header)[0] == rightmost
    assert ip_of(monkeypatch, header, use_leftmost_ip=True)[0] == leftmost


@pytest.mark.parametrize("use_leftmost_ip", [False, True])
def test_a_hundred_addresses_are_looked_at(monkeypatch, use_leftmost_ip):
    assert ip_of(monkeypatch, "x," * 500_000, use_leftmost_ip=use_leftmost_ip) == ("9.9.9.9", 101)


def asgi(monkeypatch, lines, *trusted, use_leftmost_ip=False):
    """A request with these header lines, where these headers are trusted."""
    proxy = TrustedProxySettings(trusted, use_leftmost_ip)
    monkeypatch.setattr(client_ip, "current", lambda: SimpleNamespace(trusted_proxy=proxy))
    headers = [(name.lower().encode(), value.encode()) for name, value in lines]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": ("9.9.9.9", 1)}
    return ASGIRequest(scope, BytesIO())


@pytest.mark.parametrize(
    ("lines", "trusted", "ip"),
    [
        pytest.param([("A", "1.1.1.1"), ("A", "2.2.2.2")], "A", "2.2.2.2", id="the_last_line"),
        pytest.param([("A", "1.1.1.1"), ("A", "bad")], "A", "9.9.9.9", id="and_no_other_one"),
        pytest.param([("A", "1.1.1.1"), ("A", "")], "A", "9.9.9.9", id="even_if_it_is_empty"),
        pytest.param([("A", "bad"), ("B", "2.2.2.2")], "A B", "2.2.2.2", id="then_the_next_header"),
        pytest.param([("X_A", "1.1.1.1")], "X_A", "1.1.1.1", id="underscore"),
        pytest.param(
            [("X_A", "1.1.1.1"), ("X-A", "2.2.2.2")], "X-A", "2.2.2.2", id="underscore_is_no_hyphen"
        ),
        pytest.param([("Host", "1.1.1.1")], "Host", "9.9.9.9", id="host_is_no_header"),
        pytest.param([("A", "\u00a01.1.1.1\u2003")], "A", "1.1.1.1", id="blanks"),
        pytest.param([("A", "1.1.1.1\x1c")], "A", "9.9.9.9", id="no_blank"),
        pytest.param([("A", "fe80::1%eth0")], "A", f"fe80{':0000' * 6}:0001%eth0", id="zone"),
        pytest.param([("A", f"::1%{'z' * 200}")], "A", "9.9.9.9", id="endless_zone"),
        pytest.param([("A", "1.1.1.1")], "Ä \ud800", "9.9.9.9", id="no_name_of_a_header"),
    ],
)
def test_which_line_counts(monkeypatch, lines, trusted, ip):
    assert client_ip.real_ip(asgi(monkeypatch, lines, *trusted.split())) == ip


@pytest.mark.parametrize(
    ("lines", "trusted", "found"),
    [
        ([("A", "x"), ("CF-Connecting-IP", "y")], "A", "A"),
        ([("A", ""), ("A", "x"), ("Fly-Client-IP", "y")], "A", "Fly-Client-IP"),
        ([("Host", "x")], "Host", ""),
        ([("X-Forwarded-For", "x")], "", ""),
    ],
)
def test_which_header_looks_like_a_proxy(monkeypatch, lines, trusted, found):
    assert client_ip.possible_proxy_header(asgi(monkeypatch, lines, *trusted.split())) == found


@pytest.mark.parametrize(
    ("ip", "entries", "listed"),
    [
        ("1.2.3.4", ("x", "1.2.3.4"), True),
        ("1.2.3.4", ("1.2.3.0/24",), True),
        ("fe80::1%eth0", ("fe80::/10", "fe80::1"), False),
        ("fe80::1%eth0", ("fe80:0::1%eth0",), True),
        ("", ("0.0.0.0/0",), False),
    ],
)
def test_which_addresses_are_listed(ip, entries, listed):
    assert client_ip.is_listed(ip, entries) is listed
