"""The address behind a trusted proxy, and how many that a client made up are looked at."""

from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from platform_app.requests import client_ip
from platform_app.runtime_settings.shape import TrustedProxySettings


def ip_of(monkeypatch, header: str, *, use_leftmost_ip: bool = False) -> tuple[str, int]:
    """`(the address, how many were looked at)` of a request with this X-Forwarded-For."""
    proxy = TrustedProxySettings(("X-Forwarded-For",), use_leftmost_ip)
    monkeypatch.setattr(client_ip, "current", lambda: SimpleNamespace(trusted_proxy=proxy))
    looked_at: list[str] = []
    expanded = client_ip._expanded

    def counted(text: str) -> str | None:
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
