"""OAuth2 providers: the table, and the URL of the consent page (contract/auth.md 4 and 10.3)."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from auth_app.flows.methods import auth_methods
from auth_app.providers.authorize import begin_authorization, s256_challenge
from auth_app.providers.registry import configured_provider, providers
from collections_app.auth_options import OAuth2ProviderOptions
from tests.auth_app.accounts import members


def configured(name, **options):
    provider = configured_provider(OAuth2ProviderOptions.from_json({"name": name, **options}))
    assert provider is not None
    return provider


def query_of(url):
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def test_table_is_complete_and_ordered():
    assert sorted((one.order, one.name) for one in providers().values()) == [
        (1, "apple"),
        (2, "google"),
        (3, "microsoft"),
        (4, "yandex"),
        (5, "facebook"),
        (6, "instagram2"),
        (7, "github"),
        (8, "gitlab"),
        (9, "bitbucket"),
        (10, "gitee"),
        (11, "gitea"),
        (12, "discord"),
        (13, "twitter"),
        (14, "kakao"),
        (15, "vk"),
        (16, "linear"),
        (17, "notion"),
        (18, "monday"),
        (19, "lark"),
        (20, "box"),
        (21, "spotify"),
        (22, "trakt"),
        (23, "twitch"),
        (24, "patreon"),
        (25, "strava"),
        (26, "wakatime"),
        (27, "livechat"),
        (28, "mailcow"),
        (29, "planningcenter"),
        (99, "oidc"),
        (99, "oidc2"),
        (99, "oidc3"),
    ]


@pytest.mark.parametrize("name", providers())
def test_every_provider_has_a_mark(name):
    logo = providers()[name].logo
    assert logo.startswith("<svg ")
    assert logo.endswith("</svg>")


def test_url_with_pkce_is_sorted_and_waits_for_the_redirect():
    authorization = begin_authorization(configured("google"), "my id&co")
    assert authorization.url == (
        "https://accounts.google.com/o/oauth2/v2/auth?client_id=my+id%26co"
        f"&code_challenge={authorization.code_challenge}&code_challenge_method=S256&response_type=code"
        "&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.profile"
        "+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email"
        f"&state={authorization.state}&redirect_uri="
    )
    assert (len(authorization.state), len(authorization.code_verifier)) == (30, 43)
    assert authorization.code_challenge == s256_challenge(authorization.code_verifier)


def test_url_without_pkce_leaves_the_pair_empty():
    authorization = begin_authorization(configured("vk"), "id")
    assert query_of(authorization.url) == [
        ("client_id", "id"),
        ("response_type", "code"),
        ("scope", "email"),
        ("state", authorization.state),
        ("redirect_uri", ""),
    ]
    assert (
        authorization.code_verifier,
        authorization.code_challenge,
        authorization.code_challenge_method,
    ) == ("", "", "")


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        pytest.param("apple", {}, ("response_mode", "form_post"), id="apple_answers_with_a_form"),
        pytest.param(
            "microsoft",
            {"extra": {"idTokenEmailClaim": "email"}},
            ("scope", "User.Read openid"),
            id="microsoft_id_token",
        ),
        pytest.param("vk", {"pkce": True}, ("code_challenge_method", "S256"), id="pkce_switched_on"),
    ],
)
def test_url_contains(name, options, expected):
    assert expected in query_of(begin_authorization(configured(name, **options), "id").url)


@pytest.mark.parametrize(
    ("name", "options", "absent"),
    [
        pytest.param("notion", {}, "scope", id="no_scopes"),
        pytest.param("google", {"pkce": False}, "code_challenge", id="pkce_switched_off"),
        pytest.param("google", {}, "response_mode", id="only_apple_answers_with_a_form"),
    ],
)
def test_url_lacks(name, options, absent):
    assert absent not in dict(query_of(begin_authorization(configured(name, **options), "id").url))


def test_configured_url_may_have_a_query_already():
    provider = configured("oidc", authURL="https://id.example.com/auth?tenant=1")
    assert begin_authorization(provider, "id").url.startswith(
        "https://id.example.com/auth?tenant=1&client_id=id&"
    )


def test_methods_of_a_collection_that_offers_nothing():
    collection = members(passwordAuth={"enabled": False, "identityFields": ["email", "username"]})
    assert auth_methods(collection) == {
        "password": {"identityFields": [], "enabled": False},
        "oauth2": {"providers": [], "enabled": False},
        "mfa": {"enabled": False, "duration": 0},
        "otp": {"enabled": False, "duration": 0},
        "authProviders": None,
        "usernamePassword": False,
        "emailPassword": False,
    }


def test_methods_of_a_collection_that_offers_everything():
    answer = auth_methods(
        members(
            passwordAuth={"enabled": True, "identityFields": ["username", "email"]},
            mfa={"enabled": True, "duration": 600, "rule": ""},
            otp={"enabled": True, "duration": 180, "length": 8},
            oauth2={
                "enabled": True,
                "providers": [
                    {"name": "gitlab", "clientId": "a", "displayName": "Our Git"},
                    {"name": "gone", "clientId": "b"},
                    {"name": "bitbucket", "clientId": "c"},
                ],
            },
        )
    )
    gitlab, bitbucket = answer["oauth2"]["providers"]
    assert list(answer) == [
        "password",
        "oauth2",
        "mfa",
        "otp",
        "authProviders",
        "usernamePassword",
        "emailPassword",
    ]
    assert {**answer, "oauth2": None, "authProviders": None} == {
        "password": {"identityFields": ["username", "email"], "enabled": True},
        "oauth2": None,
        "mfa": {"enabled": True, "duration": 600},
        "otp": {"enabled": True, "duration": 180},
        "authProviders": None,
        "usernamePassword": True,
        "emailPassword": True,
    }
    assert answer["authProviders"] == [{**gitlab, "logo": ""}, {**bitbucket, "logo": ""}]
    assert list(gitlab) == [
        "name",
        "displayName",
        "logo",
        "state",
        "authURL",
        "authUrl",
        "codeVerifier",
        "codeChallenge",
        "codeChallengeMethod",
    ]
    assert (gitlab["displayName"], bitbucket["displayName"]) == ("Our Git", "Bitbucket")
    assert gitlab["authURL"] == gitlab["authUrl"]
