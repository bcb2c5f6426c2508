"""Which names are served by HTTPS."""

import pytest

from system_app.tls.names import NoDomain, bare_host, served_names


@pytest.mark.parametrize(
    ("domains", "address", "asked", "added"),
    [
        pytest.param(["example.com"], "", ["example.com"], ["www.example.com"], id="bare"),
        pytest.param(["www.example.com"], "", ["www.example.com"], [], id="www_alone"),
        pytest.param(
            ["example.com", "www.example.com"], "", ["example.com", "www.example.com"], [], id="both_asked"
        ),
        pytest.param(
            ["Example.COM.", "example.com"], "", ["example.com"], ["www.example.com"], id="spellings"
        ),
        pytest.param(
            ["bücher.example"], "", ["xn--bcher-kva.example"], ["www.xn--bcher-kva.example"], id="not_ascii"
        ),
        pytest.param(
            [], "api.example.com:443", ["api.example.com"], ["www.api.example.com"], id="of_the_address"
        ),
    ],
)
def test_names_are_those_asked_for_and_theirs_with_www(domains, address, asked, added):
    names = served_names(domains, address)
    assert (list(names.asked), list(names.added)) == (asked, added)


@pytest.mark.parametrize(
    "domain",
    [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "",
        "*.example.com",
        "a_b.com",
        "-a.com",
        "a..com",
        "../x.com",
        "x" * 300 + ".com",
    ],
)
def test_what_nobody_certifies_is_refused(domain):
    with pytest.raises(NoDomain, match="expected a public name such as example.com"):
        served_names([domain])


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com:8443", "example.com"),
        ("example.com.:80", "example.com"),
        ("example.com.", "example.com"),
        ("[::1]:80", "[::1]"),
        ("", ""),
    ],
)
def test_a_host_header_is_read_as_a_name(host, name):
    assert bare_host(host) == name
