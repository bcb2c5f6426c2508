import pytest

from collections_app.fields.email_field import _PATTERN, is_email
from platform_app.wire.errors import FieldError
from platform_app.wire.patterns.patterns import parse_pattern
from platform_app.wire.patterns.state_matcher import StateMatcher
from tests.collections_app.fields.judging import code, judge, make, option_codes, option_errors


@pytest.mark.parametrize(
    "text",
    [
        "a@b.c", "A@B.CO", "a@b.co.", "a+b@c.de", "a.b@c.de", "o'x@b.co", "a!#$%&*+/=?^_{|}~-@b.co", "`@b.co",
        "a@b_c.de", "a@b~c.de", "a@b--c.de", "a@b..c.de", "a@b.-c.de", "a@1.de", "1@2.c3d", "a@b.d-e",
        "ü@b.de", "a@ü.de", "ä@ä.ä", "a@xn--tda.de", "a@例え.テスト",
        "a" * 200 + "@b.de", "a@" + "b" * 64 + ".de",
        '"a"@b.co',
    ],
)  # fmt: skip
def test_accepted(text):
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "a@b", "a@localhost", "a@", "@b.co", ".a@c.de", "a.@c.de", "a..b@c.de", "a b@c.de",
        "a@-b.de", "a@b-.de", "a@b..co", "a@.co", "a@b.1", "a@b.c1", "a@b.c-", "a@b.c_", "a@b.c..", "a@b,co",
        "😀@b.de", "a@127.0.0.1", "a@[127.0.0.1]", '"a b"@c.de', '"ab"@c.de', "a(c)@b.de", r"a\@b.de",
        "a@b@c.de", "a,b@c.de", "a;b@c.de", "<a@b.co>", "mailto:a@b.co", " a@b.co", "a@b.co ", "a@b.co\n",
    ],
)  # fmt: skip
def test_refused(text):
    assert not is_email(text)


@pytest.mark.parametrize("repeated", ["a-", "a.", '"a', '" ', '" \r\n ', "a@b.", "~"])
@pytest.mark.parametrize("start", ["", "a@", '"'])
def test_hostile_input_is_refused_in_linear_time(start, repeated):
    """By the steps of the matcher that counts them; RE2 promises the same."""
    matcher = StateMatcher(parse_pattern(_PATTERN))
    text = start + repeated * 5_000 + "!"
    assert not matcher.matches(text)
    assert matcher.work <= 200 * len(text)
    assert not is_email(text)


def test_address_is_kept_as_written():
    assert make("email").clean(" A@B.co ") == " A@B.co "


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("x", "validation_is_email"),
        ("x@b.de", "validation_email_domain_not_allowed"),
        ("x@A.de", "validation_email_domain_not_allowed"),
        ("x@a.de", None),
        ("", None),
    ],
)
def test_which_error_wins(raw, expected):
    assert code(make("email", onlyDomains=["a.de"]), raw) == expected


def test_except_domains():
    field = make("email", exceptDomains=["a.de"])
    assert judge(field, "x@a.de") == FieldError(
        "validation_email_domain_not_allowed", "Email domain is not allowed."
    )
    assert judge(field, "x@A.de") is None
    assert judge(field, "x") == FieldError("validation_is_email", "Must be a valid email address.")
    assert code(make("email", required=True), "") == "validation_required"


@pytest.mark.parametrize("kind", ["email", "url"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"onlyDomains": []}, {}),
        ({"onlyDomains": ["a.de", "sub.A.de", "x1.co"]}, {}),
        (
            {"exceptDomains": ["a.de"], "onlyDomains": ["b.de"]},
            {"exceptDomains": "validation_empty", "onlyDomains": "validation_empty"},
        ),
        (
            {"onlyDomains": ["ok.de", "a", "a_b", "a.de:80", "http://a.de", "a-.de", ""]},
            {"onlyDomains": {str(at): "validation_is_domain" for at in range(1, 6)}},
        ),
        ({"exceptDomains": ["x." * 130 + "de"]}, {"exceptDomains": {"0": "validation_is_domain"}}),
    ],
)
def test_domain_options(kind, options, expected):
    assert option_codes(make(kind, **options)) == expected


def test_domain_option_messages():
    assert option_errors(make("email", onlyDomains=["a"])) == {
        "onlyDomains": {"0": FieldError("validation_is_domain", "Must be a valid domain.")}
    }
    assert option_errors(make("email", onlyDomains=["a.de"], exceptDomains=["b.de"])) == {
        "onlyDomains": FieldError("validation_empty", "Must be blank."),
        "exceptDomains": FieldError("validation_empty", "Must be blank."),
    }
