"""Tokens: what is issued, and what is accepted (contract/auth.md 1)."""

import base64
import hashlib
import hmac
import json
import math
import time

import pytest

from auth_app import tokens
from auth_app.tokens import MissingSigningKey, parse_token
from tests.auth_app.accounts import SECRET, TOKEN_KEY, alice, members

NOW = 1_700_000_000


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: NOW + 0.5)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Text(str):
    """Claims as JSON, for what Python would not write."""


def make_token(claims, *, header=None, key=b"key"):
    header = {"alg": "HS256", "typ": "JWT"} if header is None else header
    text = claims if isinstance(claims, Text) else json.dumps(claims)
    signed = f"{_b64(json.dumps(header).encode())}.{_b64(text.encode())}"
    return f"{signed}.{_b64(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def _text_of(segment: str) -> str:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode()


@pytest.mark.parametrize(
    ("issue", "secret_of", "payload"),
    [
        pytest.param(
            tokens.issue_auth_token,
            "authToken",
            '{"collectionId":"pbc_members","exp":1700432000,"id":"alice0000000001","refreshable":true,"type":"auth"}',
            id="auth",
        ),
        pytest.param(
            lambda record: tokens.issue_auth_token(record, duration_seconds=60, refreshable=False),
            "authToken",
            '{"collectionId":"pbc_members","exp":1700000060,"id":"alice0000000001","refreshable":false,"type":"auth"}',
            id="impersonation",
        ),
        pytest.param(
            lambda record: tokens.issue_auth_token(record, duration_seconds=-5),
            "authToken",
            '{"collectionId":"pbc_members","exp":1700432000,"id":"alice0000000001","refreshable":true,"type":"auth"}',
            id="negative_duration_is_the_collections",
        ),
        pytest.param(
            tokens.issue_file_token,
            "fileToken",
            '{"collectionId":"pbc_members","exp":1700000180,"id":"alice0000000001","type":"file"}',
            id="file",
        ),
        pytest.param(
            tokens.issue_verification_token,
            "verificationToken",
            '{"collectionId":"pbc_members","email":"alice@example.com","exp":1700086400,"id":"alice0000000001",'
            '"type":"verification"}',
            id="verification",
        ),
        pytest.param(
            tokens.issue_password_reset_token,
            "passwordResetToken",
            '{"collectionId":"pbc_members","email":"alice@example.com","exp":1700001800,"id":"alice0000000001",'
            '"type":"passwordReset"}',
            id="password_reset",
        ),
        pytest.param(
            lambda record: tokens.issue_email_change_token(record, "new@example.com"),
            "emailChangeToken",
            '{"collectionId":"pbc_members","email":"alice@example.com","exp":1700001900,"id":"alice0000000001",'
            '"newEmail":"new@example.com","type":"emailChange"}',
            id="email_change",
        ),
    ],
)
def test_issued_token_has_sorted_claims_and_the_records_signature(issue, secret_of, payload):
    header, claims, signature = issue(alice()).split(".")
    key = (TOKEN_KEY + SECRET + secret_of).encode()
    expected = _b64(hmac.new(key, f"{header}.{claims}".encode(), hashlib.sha256).digest())
    assert (_text_of(header), _text_of(claims), signature) == (
        '{"alg":"HS256","typ":"JWT"}',
        payload,
        expected,
    )


def test_nothing_is_signed_with_an_empty_key():
    record = alice(members(authToken={"secret": "", "duration": 60}), tokenKey="")
    with pytest.raises(MissingSigningKey):
        tokens.issue_auth_token(record)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({}, id="no_times"),
        pytest.param({"exp": NOW + 1}, id="ends_later"),
        pytest.param({"exp": 0, "nbf": 0, "iat": 0}, id="zero_is_absent"),
        pytest.param({"exp": 9.2e18}, id="ends_very_late"),
        pytest.param({"exp": 10**18}, id="a_large_integer"),
        pytest.param({"exp": NOW + 1.5, "nbf": NOW, "iat": NOW}, id="fractions_and_past_starts"),
        pytest.param({"nbf": NOW + 0.9, "iat": NOW + 0.9}, id="starts_count_in_whole_seconds"),
        pytest.param({"nbf": -1e30, "iat": -1e30}, id="starts_before_all_time"),
        pytest.param({"nbf": 9.3e18, "iat": 1e30}, id="starts_after_the_end_of_time"),
    ],
)
def test_times_that_allow(claims):
    text = make_token(claims)
    parsed = parse_token(text)
    assert parsed is not None
    assert (parsed.text, parsed.claims) == (text, claims)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("null", id="word"),
        pytest.param("a.b", id="two_parts"),
        pytest.param(make_token({}) + ".x", id="four_parts"),
        pytest.param(" " + make_token({}), id="leading_blank"),
        pytest.param(make_token({}) + "=", id="padding"),
        pytest.param(make_token({}).rpartition(".")[0] + ".", id="no_signature"),
        pytest.param("!!!!.e30.e30", id="not_base64"),
        pytest.param("e.e30.e30", id="cut_base64"),
        pytest.param(make_token([]), id="claims_are_a_list"),
        pytest.param(make_token({}, header=[]), id="header_is_a_list"),
        pytest.param(make_token({}, header={"alg": "none"}), id="alg_none"),
        pytest.param(make_token({}, header={"alg": "HS512"}), id="alg_hs512"),
        pytest.param(make_token({}, header={}), id="no_alg"),
        pytest.param(make_token({"exp": NOW}), id="ended_just_now"),
        pytest.param(make_token({"exp": -1}), id="ended_long_ago"),
        pytest.param(make_token({"exp": -1e30}), id="ended_before_all_time"),
        pytest.param(make_token({"nbf": NOW + 1}), id="starts_later"),
        pytest.param(make_token({"iat": NOW + 1}), id="issued_later"),
        pytest.param(make_token({"exp": "9999999999"}), id="exp_is_text"),
        pytest.param(make_token({"exp": True}), id="exp_is_a_bool"),
        *[pytest.param(make_token({name: None}), id=f"{name}_is_null") for name in ("exp", "nbf", "iat")],
        pytest.param(make_token({"exp": []}), id="exp_is_a_list"),
        pytest.param(make_token({"exp": 0.5}), id="exp_is_a_fraction_of_1970"),
        pytest.param(make_token({"exp": math.nan}), id="exp_is_not_a_number"),
        pytest.param(make_token({"exp": math.inf}), id="exp_is_infinite"),
        pytest.param(make_token({"nbf": -math.inf}), id="nbf_is_infinite"),
        pytest.param(make_token({"exp": 9.3e18}), id="exp_is_after_the_end_of_time"),
        pytest.param(make_token({"exp": 10**400}), id="exp_is_larger_than_any_float"),
        pytest.param(make_token(Text('{"exp":1e400}')), id="exp_overflows"),
        pytest.param(make_token(Text('{"exp":%s}' % ("9" * 5000))), id="exp_has_too_many_digits"),
        pytest.param(f"{_b64(b'[' * 10_000)}.e30.e30", id="nested_too_deeply"),
        pytest.param(make_token({"pad": "a" * 16_384}), id="too_long"),
    ],
)
def test_text_that_is_no_token(text):
    assert parse_token(text) is None


@pytest.mark.parametrize(
    ("claim", "expected"),
    [(True, True), (False, False), (1, True), (0, False), ("true", True), ("no", False), (None, False)],
)
def test_refreshable_is_truthy_as_the_reference_casts_it(claim, expected):
    parsed = parse_token(make_token({"refreshable": claim}))
    assert parsed is not None
    assert parsed.is_refreshable is expected


def test_claims_of_another_type_count_as_missing():
    parsed = parse_token(make_token({"id": 5, "collectionId": None, "type": ["auth"], "email": {}}))
    assert parsed is not None
    assert (parsed.record_id, parsed.collection_id, parsed.type, parsed.email) == ("", "", "", "")


def test_half_a_surrogate_pair_in_a_claim_is_mended():
    token = parse_token(make_token(Text(r'{"id":"\ud83d","type":"auth"}')))
    assert (token.record_id, token.type) == ("\ufffd", "auth")
