import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_app.wire import urls
from platform_app.wire.errors import FieldError
from platform_app.wire.urls import host_of, is_url
from tests.collections_app.fields.judging import code, judge, make


@pytest.mark.parametrize(
    "text",
    [
        "http://a.de", "https://a.de/", "a.de", "www.a.de", "a.de:80", "ab.c", "a.b.", "1.2.3.4", "[::1]",
        "http://localhost", "http://a", "http://1", "localhost:80",
        "ftp://a.de", "tcp://a.de", "udp://a.de", "ws://a.de", "wss://a.de",
        "http://a_b.de", "http://xn--tda.de", "http://ü.de", "http://例え.テスト", "http://a.de.",
        "http://EXAMPLE.com",
        "http://xx.b.de", "https://a.example.co.uk", "http://www.x.b.de", "http://xx.b.c.de",
        "http://127.0.0.1", "http://10.0.0.1", "http://[::1]:80/",
        "http://a.de:0", "http://localhost:99999",
        "http://user:pw@a.de", "http://@a.de", "a@b.de", "mailto:a@b.de",
        "http://a.de/ü", "http://a.de/<x>", 'http://a.de/"x"', "http://a.de/{x}|y", "http://a.de/%20",
        "http://a.de?x=1", "http://a.de#f", "http://a.de/@x",
        "http://a.de/" + "x" * 2070,
    ],
)  # fmt: skip
def test_accepted(text):
    assert is_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "HTTP://A.DE", "//a.de", "/x", "abcd", "a.b", "3.14", "1234", "::1", "a..b", ".a.de", "localhost",
        "ssh://a.de", "sftp://a.de", "git://a.de", "irc://a.de", "rtmp://a.de", "file:///x", "javascript:x",
        "data:x", "http:a.de", "http:/a.de", "a://b",
        "http://-a.de", "http://a-.de", "http://_a.de", "http://.a.de", "http://a..de", "http://a.de1",
        "http://x.b.de", "http://1.b.de", "x.b.de", "http://a.b.c.d.e.f.gg",
        "http://256.1.1.1", "http://0.0.0.0", "http://01.2.3.4", "http://1.2.3",
        "http://a.de:123456", "http://a.de:", "http://a.de:abc", "http://a.de:80:80",
        "user@host", "http://user@", "http://", "http://?x",
        "http://a.de/%zz", "http://a.de\\x", "http://a.de/a b", "http://a.de\n", " http://a.de",
        "http://a.de ",
        "http://a.de/\x01", "http://a.de/" + "x" * 2071, "http://[1::2::3]", "http://[::1]x",
    ],
)  # fmt: skip
def test_refused(text):
    assert not is_url(text)


@pytest.mark.parametrize(
    "text",
    ["http://" + "a-" * 1000 + "!", "http://" + "a." * 1000 + "!", "http://" + "a" * 2000 + "!", "@" * 2000]
    + ["http://" + "a_" * 1000 + "!", "a1." * 690 + "!", "a/@" * 690, "aa-" * 690 + "@"],
)
def test_hostile_input_is_refused_in_linear_time(text, monkeypatch):
    """Each host that the text may hold is looked at once, and none is another's part."""
    hosts = []
    matches = urls._host().matches
    monkeypatch.setattr(urls._host(), "matches", lambda host: hosts.append(host) or matches(host))
    assert not is_url(text)
    assert sum(map(len, hosts)) <= 2 * len(text)


# What it replaced, for texts that are too short to make it backtrack for long.
_LABELS = r"[a-zA-Z\u00a1-\uffff0-9]++(?:--?[a-zA-Z\u00a1-\uffff0-9]++)*(?!--?[a-zA-Z\u00a1-\uffff0-9])"
_A = "[a-zA-Z0-9]"
_HOST = re.compile(
    rf"(?:{urls._IP4}|\[{urls._IP6}\]|(?:(?:www\.)?{_LABELS}|{_A}[a-zA-Z0-9_\-]*{_A}{_LABELS}"
    rf"|{_A}[a-zA-Z0-9_\-]*{_A}(?:\.{_A}+(?:-{_A}+)*)*\.{_A}(?:-{_A})*{_LABELS}"
    rf"|(?:{_A}+(?:[\-_]{_A}+)*\.)*(?:{_A}+[\-_])*{_A}{{2,}}\.{_A}{_LABELS})(?:\.[a-zA-Z\u00a1-\uffff]+)?)"
    r"\.?(?::[0-9]{1,5})?"
)


def fits_as_before(text):
    scheme = re.match(r"(?:ftp|tcp|udp|wss?|https?)://", text)
    starts = {0, scheme.end() if scheme else 0, *(at.end() for at in re.finditer("(?<=.)@", text, re.DOTALL))}
    ends = {start: re.compile("[/?#]|$").search(text, start).start() for start in starts}
    return any(_HOST.fullmatch(text, start, end) for start, end in ends.items())


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                "http://",
                "tcp://",
                "//",
                "/",
                "@",
                "?",
                "#",
                ".",
                "-",
                "--",
                "_",
                ":",
                ":80",
                "www.",
                "a",
                "b1",
                "ab",
            ]
            + [
                "exa-mple",
                "com",
                "1",
                "255",
                "1.2.3.4",
                "[::1]",
                "[fe80::1%25eth0]",
                "é",
                "ü-x",
                "~",
                "user:pw@",
            ]
        ),
        max_size=8,
    ).map("".join)
)
def test_the_accepted_set_is_that_of_the_expression_before(text):
    assert urls._fits_pattern(text) is fits_as_before(text)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("http://a.de", "a.de"),
        ("http://a.de:8080/x", "a.de:8080"),
        ("http://user:pw@A.de?x", "A.de"),
        ("http://[::1]:80/", "[::1]:80"),
        ("a.de/x", ""),
        ("localhost:80", ""),
    ],
)
def test_host(text, host):
    assert host_of(text) == host


def test_domains_are_compared_with_the_whole_host():
    but_b = make("url", exceptDomains=["b.de"])
    assert judge(but_b, "http://b.de") == FieldError(
        "validation_url_domain_not_allowed", "Url domain is not allowed."
    )
    assert [code(but_b, raw) for raw in ("b.de", "http://b.de:80", "http://B.de", "")] == [None] * 4
    only_b = make("url", onlyDomains=["b.de"])
    assert code(only_b, "http://b.de/x") is None
    assert code(only_b, "b.de") == "validation_url_domain_not_allowed"


def test_format_comes_first():
    field = make("url", onlyDomains=["b.de"], required=True)
    assert judge(field, "nope") == FieldError("validation_invalid_url", "Must be a valid url.")
    assert code(field, "") == "validation_required"
