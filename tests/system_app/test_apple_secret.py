"""Apple's client secret over HTTP: contract/system.md 4.4; the expected answers are the reference's."""

import json
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client

from tests.auth_app.accounts import answer, error
from tests.system_app.settings_row import LOADING_FAILED, superuser

pytestmark = pytest.mark.django_db

URL = "/api/settings/apple/generate-client-secret"
SIGNING_FAILED = "Failed to generate client secret. Raw error: \n"
NOT_PEM = "invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key."


def pem(key, form=PrivateFormat.PKCS8):
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


KEY = ec.generate_private_key(ec.SECP256R1())
FORM = {
    "clientId": "com.example.app",
    "teamId": "1234567890",
    "keyId": "abcdefghij",
    "privateKey": pem(KEY),
    "duration": 15_777_000,
}


def generate(body, client=None, content_type="application/json"):
    return (client or superuser()).post(
        URL, body if isinstance(body, str) else json.dumps(body), content_type=content_type
    )


def required():
    return {"code": "validation_required", "message": "Cannot be blank."}


def wrong_length():
    return {
        "code": "validation_length_invalid",
        "message": "The length must be exactly 10.",
        "params": {"max": 10, "min": 10},
    }


def malformed():
    return {"code": "validation_match_invalid", "message": "Must be in a valid format."}


def test_secret_is_a_token_that_apple_can_check():
    import jwt

    secret = generate(FORM).json()["secret"]
    claims = jwt.decode(secret, KEY.public_key(), algorithms=["ES256"], audience="https://appleid.apple.com")
    assert claims.pop("exp") - claims.pop("iat") == 15_777_000
    assert claims == {
        "iss": "1234567890",
        "sub": "com.example.app",
        "aud": ["https://appleid.apple.com"],
    }
    header, _, _ = secret.partition(".")
    assert json.loads(urlsafe_b64decode(header + "==")) == {
        "alg": "ES256",
        "kid": "abcdefghij",
        "typ": "JWT",
    }


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("\n  " + pem(KEY) + " \n", id="blanks_around_it"),
        pytest.param(pem(KEY).replace("\n", "\r\n"), id="lines_of_windows"),
        pytest.param("mine:\n" + pem(KEY) + "the end", id="text_around_it"),
        pytest.param(pem(KEY).replace("KEY-----\nM", "KEY-----\nA: b\n\nM"), id="a_header"),
        pytest.param(
            pem(KEY, PrivateFormat.TraditionalOpenSSL).replace("EC PRIVATE", "PRIVATE"), id="another_encoding"
        ),
    ],
)
def test_key_may_be_written_in_several_ways(key):
    assert list(generate({**FORM, "privateKey": key}).json()) == ["secret"]


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        pytest.param(
            dict.fromkeys(FORM), {name: required() for name in FORM}, id="nothing_names_every_member"
        ),
        pytest.param({"teamId": "123456789"}, {"teamId": wrong_length()}, id="short_team"),
        pytest.param({"teamId": "12345678901"}, {"teamId": wrong_length()}, id="long_team"),
        pytest.param({"keyId": "äöüäöüäöüä"}, {"keyId": wrong_length()}, id="bytes_count"),
        pytest.param({"privateKey": "word"}, {"privateKey": malformed()}, id="key_without_lines"),
        pytest.param(
            {"privateKey": "-----BEGIN PRIVATE KEY---------END PRIVATE KEY-----"},
            {"privateKey": malformed()},
            id="key_with_nothing_in_it",
        ),
        pytest.param(
            {"privateKey": pem(KEY, PrivateFormat.TraditionalOpenSSL)},
            {"privateKey": malformed()},
            id="key_of_another_kind",
        ),
        pytest.param(
            {"duration": -1},
            {
                "duration": {
                    "code": "validation_min_greater_equal_than_required",
                    "message": "Must be no less than 1.",
                    "params": {"threshold": 1},
                }
            },
            id="negative_duration",
        ),
        pytest.param(
            {"duration": 15_777_001},
            {
                "duration": {
                    "code": "validation_max_less_equal_than_required",
                    "message": "Must be no greater than 15777000.",
                    "params": {"threshold": 15_777_000},
                }
            },
            id="longer_than_half_a_year",
        ),
        pytest.param(
            {"clientId": "", "keyId": "1", "privateKey": "x"},
            {"clientId": required(), "keyId": wrong_length(), "privateKey": malformed()},
            id="all_errors_come_together",
        ),
    ],
)
def test_invalid_members_are_named(change, errors):
    assert answer(generate({**FORM, **change})) == error(400, "Invalid client secret data.", errors)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param(pem(KEY).replace("\n", " "), NOT_PEM, id="one_line"),
        pytest.param(pem(KEY).strip() + "x", NOT_PEM, id="text_behind_the_last_line"),
        pytest.param("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----", NOT_PEM, id="no_base64"),
        pytest.param(pem(KEY) + " " * 20_000 + "x", NOT_PEM, id="far_too_long"),
        pytest.param(
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "the private key is malformed.",
            id="no_key",
        ),
        pytest.param(
            pem(ed25519.Ed25519PrivateKey.generate()),
            "key is not a valid ECDSA private key.",
            id="another_algorithm",
        ),
        pytest.param(pem(ec.generate_private_key(ec.SECP384R1())), "key is invalid.", id="another_curve"),
    ],
)
def test_key_that_cannot_sign_is_explained(key, words):
    assert answer(generate({**FORM, "privateKey": key})) == error(400, SIGNING_FAILED + words)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param("{", "application/json", id="broken"),
        pytest.param("[]", "application/json", id="list"),
        pytest.param({**FORM, "duration": "1"}, "application/json", id="duration_as_text"),
        pytest.param({**FORM, "duration": 1.5}, "application/json", id="fraction"),
        pytest.param({**FORM, "clientId": 1}, "application/json", id="number_for_a_text"),
        pytest.param("{}", "text/plain", id="unknown_type"),
    ],
)
def test_unreadable_body_is_refused(body, content_type):
    assert answer(generate(body, content_type=content_type)) == error(400, LOADING_FAILED)


def test_guests_make_no_secrets():
    response = generate(FORM, Client())
    assert (response.status_code, response.json()["data"]) == (401, {})
