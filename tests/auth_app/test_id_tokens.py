"""id_tokens: of Apple, of OpenID Connect without a userinfo URL, and Microsoft's addresses."""

import json
import time
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from auth_app.providers.apple_provider import AppleProvider
from auth_app.providers.user import UserRefused
from tests.auth_app.identity_provider import CLIENT_ID, IdentityProvider, Reply, options_of, signed_in

RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
ED448_PUBLIC = {"kty": "OKP", "crv": "Ed448", "x": "a" * 76, "kid": "448", "alg": "EdDSA"}
P256 = ec.generate_private_key(ec.SECP256R1())

APPLE = "https://appleid.apple.com"
PERSON = {"sub": "001.abc", "email": "ann@privaterelay.appleid.com", "email_verified": "true"}


def public(key, **members):
    import jwt

    kind = {
        rsa.RSAPrivateKey: jwt.algorithms.RSAAlgorithm,
        ec.EllipticCurvePrivateKey: jwt.algorithms.ECAlgorithm,
    }
    algorithm = next(
        (made for known, made in kind.items() if isinstance(key, known)), jwt.algorithms.OKPAlgorithm
    )
    return {**json.loads(algorithm.to_jwk(key.public_key())), **members}


KEYS = {
    "keys": [
        public(OTHER_RSA, kid="other", alg="RS256", use="sig"),
        public(RSA, kid="nameless"),
        public(RSA, kid="rsa", alg="RS256", use="sig"),
        public(RSA, kid="pss", alg="PS512"),
        public(ED25519, kid="ed", alg="EdDSA"),
        public(P256, kid="p256", alg="ES256"),
        public(RSA, kid="hmac", alg="HS256"),
        public(RSA, kid="none", alg="none"),
        {"kty": "RSA", "kid": "hollow", "alg": "RS256"},
        {"kty": "RSA", "kid": "number", "alg": "RS256", "n": 5, "e": "AQAB"},
        {"kty": "RSA", "kid": "even", "alg": "RS256", "n": "AAAA", "e": "AQAB"},
        {"kty": "RSA", "kid": "huge", "alg": "RS256", "n": "_" * 100_000, "e": "AQAB"},
        {"kty": "RSA", "kid": "private", "alg": "RS256", "n": "_" * 342, "e": "AQAB", "d": "_" * 342},
        ED448_PUBLIC,
    ]
}


def b64(raw):
    return urlsafe_b64encode(raw).decode().rstrip("=")


def token_of(claims, *, key=RSA, kid="rsa", alg="RS256"):
    import jwt

    return jwt.encode(claims, key, alg, headers={"kid": kid})


def unsigned(claims, header='{"alg":"RS256","kid":"rsa"}'):
    claims = claims if isinstance(claims, str) else json.dumps(claims)
    return f"{b64(header.encode())}.{b64(claims.encode())}.{b64(b'signature')}"


DAY = 24 * 60 * 60  # the suite may take its time


def claims(**changes):
    now = int(time.time())
    good = {**PERSON, "iss": APPLE, "aud": CLIENT_ID, "iat": now, "exp": now + DAY}
    return {name: value for name, value in {**good, **changes}.items() if value != "absent"}


@pytest.fixture
def provider(monkeypatch):
    with IdentityProvider() as provider:
        provider.describe("/keys", KEYS, opens_without_token=True)
        monkeypatch.setattr(AppleProvider, "jwks_url", provider.url("/keys"))
        yield provider


def apple_user(provider, token):
    provider.token["id_token"] = token
    return signed_in(provider, options_of(provider, "apple"))


def oidc_user(provider, token, **extra):
    provider.token["id_token"] = token
    return signed_in(provider, options_of(provider, "oidc", userInfoURL="", extra=extra))


# --- Apple ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "kid", "alg"),
    [
        pytest.param(RSA, "rsa", "RS256", id="rsa"),
        pytest.param(RSA, "pss", "PS512", id="pss"),
        pytest.param(ED25519, "ed", "EdDSA", id="ed25519"),
    ],
)
def test_apple_user_is_the_tokens(provider, key, kid, alg):
    told = claims(name="Ann", aud=["other", CLIENT_ID])
    user = apple_user(provider, token_of(told, key=key, kid=kid, alg=alg))
    assert (user.id, user.email, user.name, user.username, user.avatar_url) == (
        "001.abc",
        "ann@privaterelay.appleid.com",
        "Ann",
        "",
        "",
    )
    assert user.raw == told
    assert [(one.method, one.path) for one in provider.seen] == [("POST", "/token"), ("GET", "/keys")]
    assert "authorization" not in provider.seen_at("/keys")[0].headers


@pytest.mark.parametrize("verified", [False, "false", "absent", None, 0, "yes"])
def test_apple_address_that_is_not_verified_is_not_told(provider, verified):
    assert apple_user(provider, token_of(claims(email_verified=verified))).email == ""


def test_clocks_may_differ_a_little(provider):
    now = int(time.time())
    told = claims(iat=now + 200, nbf=now + 200, exp=now - 200)
    assert apple_user(provider, token_of(told)).id == "001.abc"


def test_leeway_is_a_setting(provider, settings):
    settings.JOEY_ID_TOKEN_LEEWAY = 100
    with pytest.raises(UserRefused, match="expired"):
        apple_user(provider, token_of(claims(exp=int(time.time()) - 200)))


NOW = int(time.time())
BAD_CLAIMS = [
    pytest.param({"exp": NOW - DAY}, id="expired"),
    pytest.param({"exp": "absent"}, id="endless"),
    pytest.param({"exp": 0}, id="end_at_zero"),
    pytest.param({"exp": str(NOW + DAY)}, id="end_as_text"),
    pytest.param({"exp": True}, id="end_as_bool"),
    pytest.param({"exp": None}, id="end_as_null"),
    pytest.param({"nbf": NOW + DAY}, id="too_early"),
    pytest.param({"nbf": "x"}, id="beginning_as_text"),
    pytest.param({"iat": NOW + DAY}, id="from_the_future"),
    pytest.param({"iat": [1]}, id="made_at_a_list"),
    pytest.param({"aud": "other"}, id="for_somebody_else"),
    pytest.param({"aud": ["other", "one"]}, id="for_others"),
    pytest.param({"aud": "absent"}, id="for_nobody"),
    pytest.param({"aud": None}, id="for_null"),
    pytest.param({"aud": {CLIENT_ID: 1}}, id="for_an_object"),
    pytest.param({"aud": CLIENT_ID + "x"}, id="for_somebody_similar"),
    pytest.param({"iss": "https://appleid.apple.com.evil.example"}, id="by_somebody_else"),
    pytest.param({"iss": "absent"}, id="by_nobody"),
    pytest.param({"iss": [APPLE]}, id="by_a_list"),
    pytest.param({"iss": {}}, id="by_an_object"),
    pytest.param({"sub": 5}, id="number_for_an_id"),
]


def signed_as_it_is(told):
    """A token with claims that PyJWT would not sign."""
    body = unsigned(told).rpartition(".")[0]
    import jwt

    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    return f"{body}.{b64(algorithm.sign(body.encode(), RSA))}"


@pytest.mark.parametrize("change", BAD_CLAIMS)
def test_claims_that_do_not_hold_are_refused(provider, change):
    with pytest.raises(UserRefused):
        apple_user(provider, signed_as_it_is(claims(**change)))


def test_claims_that_hold_pass_by_the_same_way(provider):
    assert apple_user(provider, signed_as_it_is(claims())).id == "001.abc"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="none"),
        pytest.param(None, id="null"),
        pytest.param(5, id="number"),
        pytest.param(["a.b.c"], id="list"),
        pytest.param("a", id="one_part"),
        pytest.param("a.b", id="two_parts"),
        pytest.param("a.b.c.d", id="four_parts"),
        pytest.param("..", id="empty_parts"),
        pytest.param("....." * 1000, id="many_parts"),
        pytest.param("é.é.é", id="no_ascii"),
        pytest.param(unsigned("[]"), id="list_of_claims"),
        pytest.param(unsigned("{"), id="broken_claims"),
        pytest.param(unsigned("[" * 200_000), id="deep_claims"),
        pytest.param(unsigned('{"exp": NaN}'), id="no_number"),
        pytest.param(unsigned('{"exp": 1e400}'), id="infinite_end"),
        pytest.param(unsigned(claims(), header="[]"), id="list_of_headers"),
        pytest.param(unsigned(claims(), header='{"alg":"RS256","kid":5}'), id="number_for_a_key"),
        pytest.param(unsigned(claims(), header='{"alg":"RS256"}'), id="no_key"),
        pytest.param(unsigned(claims(), header='{"alg":"RS256","kid":"gone"}'), id="unknown_key"),
        pytest.param(unsigned(claims(), header='{"alg":"none","kid":"none"}'), id="algorithm_none"),
        pytest.param(unsigned(claims(), header='{"alg":["RS256"],"kid":"rsa"}'), id="list_of_algorithms"),
        pytest.param(unsigned(claims()), id="wrong_signature"),
        pytest.param(token_of(claims(), key=OTHER_RSA), id="signed_by_another_key"),
        pytest.param(token_of(claims(), kid="other"), id="named_another_key"),
        pytest.param(token_of(claims(), kid="nameless"), id="key_without_algorithm"),
        pytest.param(token_of(claims(), alg="RS384"), id="another_algorithm_than_the_key"),
        pytest.param(token_of(claims(), key="s" * 32, kid="hmac", alg="HS256"), id="public_key_as_secret"),
        pytest.param(token_of(claims(), key=P256, kid="p256", alg="ES256"), id="curve_that_is_not_taken"),
        pytest.param(token_of(claims(), kid="hollow"), id="key_without_numbers"),
        pytest.param(token_of(claims(), kid="number"), id="key_with_a_number"),
        pytest.param(token_of(claims(), kid="even"), id="key_of_nothing"),
        pytest.param(token_of(claims(), kid="huge"), id="huge_key"),
        pytest.param(token_of(claims(), kid="private"), id="private_key"),
        pytest.param(token_of(claims(), key=ED25519, kid="448", alg="EdDSA"), id="another_ed_curve"),
    ],
)
def test_token_that_proves_nothing_is_refused(provider, token):
    with pytest.raises(UserRefused):
        apple_user(provider, token)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(404, b"{}", opens_without_token=True), id="missing"),
        pytest.param(Reply(200, b"", opens_without_token=True), id="empty"),
        pytest.param(Reply(200, b"[]", opens_without_token=True), id="list"),
        pytest.param(Reply(200, b'{"keys": {}}', opens_without_token=True), id="object_of_keys"),
        pytest.param(Reply(200, b'{"keys": [1, null, "x"]}', opens_without_token=True), id="no_keys"),
        pytest.param(
            Reply(200, b'{"keys": [{"kid": ["rsa"]}]}', opens_without_token=True), id="list_for_a_name"
        ),
    ],
)
def test_keys_that_nobody_can_read_prove_nothing(provider, reply):
    provider.reply("/keys", reply)
    with pytest.raises(UserRefused):
        apple_user(provider, token_of(claims()))


# --- OpenID Connect without a userinfo URL --------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "extra"),
    [
        pytest.param(claims(iss="absent", exp="absent", iat="absent"), {}, id="whoever_made_it"),
        pytest.param(
            claims(iss="https://b"), {"issuers": ["https://a", "https://b"]}, id="one_of_the_issuers"
        ),
        pytest.param(claims(iss="https://b"), {"issuers": "https://a https://b"}, id="issuers_as_a_text"),
        pytest.param(claims(iss="https://b"), {"issuers": []}, id="no_issuers"),
        pytest.param(claims(exp=0), {}, id="zero_is_no_end"),
    ],
)
def test_claims_alone_tell_who_it_is(provider, told, extra):
    user = oidc_user(provider, unsigned(told), **extra)
    assert (user.id, user.email, user.raw) == ("001.abc", PERSON["email"], told)


@pytest.mark.parametrize(
    ("told", "extra"),
    [
        pytest.param(claims(aud="other"), {}, id="for_somebody_else"),
        pytest.param(claims(exp=NOW - DAY), {}, id="expired"),
        pytest.param(claims(iss="https://c"), {"issuers": ["https://a", "https://b"]}, id="another_issuer"),
        pytest.param(claims(iss="absent"), {"issuers": ["https://a"]}, id="no_issuer"),
        pytest.param(claims(), {"jwksURL": "http://127.0.0.1:1/keys"}, id="no_keys"),
    ],
)
def test_claims_that_do_not_hold_tell_nothing(provider, told, extra):
    with pytest.raises(UserRefused):
        oidc_user(provider, unsigned(told), **extra)


def test_signature_is_checked_where_the_keys_are_known(provider):
    keys = provider.url("/keys")
    assert oidc_user(provider, token_of(claims()), jwksURL=keys).id == "001.abc"
    with pytest.raises(UserRefused, match="signature"):
        oidc_user(provider, unsigned(claims()), jwksURL=keys)


def test_missing_token_is_refused(provider):
    with pytest.raises(UserRefused, match="no id_token"):
        signed_in(provider, options_of(provider, "oidc", userInfoURL=""))


def test_userinfo_url_makes_the_token_unimportant(provider):
    provider.token["id_token"] = "garbage"
    provider.describe("/user", {"sub": "7"})
    assert signed_in(provider, options_of(provider, "oidc")).id == "7"


# --- Microsoft ------------------------------------------------------------------------------------------

ADDRESSES = {"email": "mail@x.com", "verified_primary_email": "primary@x.com"}


@pytest.mark.parametrize(
    ("way", "told", "address"),
    [
        pytest.param(None, ADDRESSES, "graph@x.com", id="graph"),
        pytest.param("", ADDRESSES, "graph@x.com", id="empty_is_graph"),
        pytest.param("other", ADDRESSES, "graph@x.com", id="unknown_is_graph"),
        pytest.param("verified_primary_email", ADDRESSES, "primary@x.com", id="primary"),
        pytest.param("verified_primary_email", {"email": "mail@x.com"}, "", id="no_primary"),
        pytest.param("verified_primary_email", {"verified_primary_email": ["a"]}, "", id="primary_as_a_list"),
        pytest.param("email_and_xms_edov", {**ADDRESSES, "xms_edov": True}, "mail@x.com", id="owned_domain"),
        pytest.param("email_and_xms_edov", {**ADDRESSES, "xms_edov": "1"}, "mail@x.com", id="owned_as_text"),
        pytest.param("email_and_xms_edov", {**ADDRESSES, "xms_edov": False}, "", id="foreign_domain"),
        pytest.param("email_and_xms_edov", ADDRESSES, "", id="unknown_domain"),
        pytest.param("any_verified", ADDRESSES, "primary@x.com", id="any_primary_first"),
        pytest.param(
            "any_verified", {"email": "mail@x.com", "xms_edov": 1}, "mail@x.com", id="any_then_owned"
        ),
        pytest.param("any_verified", {"email": "mail@x.com"}, "", id="any_is_none"),
        pytest.param("email", ADDRESSES, "mail@x.com", id="claim"),
        pytest.param("email", {**ADDRESSES, "exp": NOW - DAY}, "", id="claim_of_an_old_token"),
    ],
)
def test_microsoft_address_is_what_the_collection_trusts(provider, way, told, address):
    provider.describe("/user", {"id": "1", "displayName": "Adele", "mail": "graph@x.com"})
    provider.token["id_token"] = unsigned(told)
    user = signed_in(provider, options_of(provider, "microsoft", extra={"idTokenEmailClaim": way}))
    assert (user.id, user.email) == ("1", address)


@pytest.mark.parametrize("token", [None, "", "garbage"])
def test_microsoft_without_a_token_tells_no_address(provider, token):
    provider.describe("/user", {"id": "1", "mail": "graph@x.com"})
    provider.token["id_token"] = token
    user = signed_in(provider, options_of(provider, "microsoft", extra={"idTokenEmailClaim": "email"}))
    assert (user.id, user.email) == ("1", "")
