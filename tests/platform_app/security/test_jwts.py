"""Tokens from code. What the reference does was asked of `$security` of 0.39.11."""

import time

import pytest

from platform_app.security.jwts import (
    InvalidToken,
    create_jwt,
    encode_claims,
    parse_jwt,
    parse_unverified_jwt,
)

KEY = "C7aoNPItI2SATN2SSt7M0AATM8FWLqg5"
# By $security.createJWT(CLAIMS, KEY, 60).
OF_THE_REFERENCE = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxLCJhdWQiOiJtZSIsImIiOiJ4IiwiZXhwIjo0MTAyNDQ0ODAwLCJpYXQ"
    "iOjk5OTk5OTk5OTk5LCJzdWIiOjV9.GPsgXOOHHJMbI7-gPUVPExowb5y1J9oiImNR62UrFjM"
)
CLAIMS = {"a": 1, "aud": "me", "b": "x", "exp": 4102444800, "iat": 99999999999, "sub": 5}
# Longer than a run of all tests.
DAY = 24 * 60 * 60
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJhIjoxfQ."


def test_a_token_is_the_one_that_the_reference_makes():
    assert create_jwt(CLAIMS, KEY, seconds=60) == OF_THE_REFERENCE
    assert parse_jwt(OF_THE_REFERENCE, KEY) == CLAIMS


def test_a_token_is_valid_for_its_seconds_unless_its_claims_say_otherwise():
    before = int(time.time())
    assert before + 60 <= parse_jwt(create_jwt({}, KEY, seconds=60), KEY)["exp"] <= before + 90
    assert parse_jwt(create_jwt({"exp": 4102444800}, KEY, seconds=60), KEY)["exp"] == 4102444800


def test_nothing_is_signed_with_an_empty_key():
    with pytest.raises(ValueError, match="empty key"):
        create_jwt({}, "", seconds=60)
    with pytest.raises(InvalidToken):
        parse_jwt(encode_claims({}, KEY.encode()), "")


@pytest.mark.parametrize(
    ("token", "verified", "unverified"),
    [
        pytest.param(create_jwt({}, KEY, seconds=DAY), True, True, id="valid"),
        pytest.param(encode_claims({"a": 1}, KEY.encode()), True, True, id="without_an_end"),
        pytest.param(create_jwt({}, KEY[::-1], seconds=DAY), False, True, id="signed_by_another"),
        pytest.param(create_jwt({}, KEY, seconds=-60), False, False, id="over"),
        pytest.param(create_jwt({"nbf": 99999999999}, KEY, seconds=DAY), False, False, id="not_yet_valid"),
        # As in the reference.
        pytest.param(create_jwt({"iat": 99999999999}, KEY, seconds=DAY), True, False, id="issued_later"),
        pytest.param(create_jwt({"exp": "x"}, KEY, seconds=DAY), False, False, id="no_time"),
        pytest.param(UNSIGNED, False, False, id="unsigned"),
        pytest.param(UNSIGNED + "xxxx", False, True, id="of_no_algorithm"),
        pytest.param("a.b", False, False, id="two_parts"),
        pytest.param("a.b.c", False, False, id="no_json"),
        pytest.param("", False, False, id="empty"),
        pytest.param(create_jwt({"a": "x" * 20_000}, KEY, seconds=DAY), False, False, id="endless"),
    ],
)
def test_who_is_believed(token, verified, unverified):
    assert _is_read(lambda: parse_jwt(token, KEY)) is verified
    assert _is_read(lambda: parse_unverified_jwt(token)) is unverified


def _is_read(read):
    try:
        read()
    except InvalidToken:
        return False
    return True
