"""What each provider's description of somebody becomes, through the real exchange over HTTP.

The shapes are those of the providers' documentation, shortened; URLs are the collection's own.
"""

import pytest

from auth_app.providers.gitee_provider import GiteeProvider
from auth_app.providers.registry import providers
from auth_app.providers.user import UserRefused
from tests.auth_app.identity_provider import CLIENT_ID, IdentityProvider, Reply, options_of, signed_in

EMAILS = "/user/emails"
ADDRESSES = [
    {"email": "other@x.com", "verified": True, "primary": False, "visibility": None},
    {"email": "octo@x.com", "verified": True, "primary": True, "visibility": "private"},
]
BITBUCKET_ADDRESSES = {
    "values": [
        {"type": "email", "email": "old@x.com", "is_primary": False, "is_confirmed": True},
        {"type": "email", "email": "evzijst@x.com", "is_primary": True, "is_confirmed": True},
    ]
}
GITEE_ADDRESSES = [
    {"email": "12+ann@user.noreply.gitee.com", "state": "confirmed", "scope": ["committed"]},
    {"email": "ann@x.com", "state": "confirmed", "scope": ["notified", "primary"]},
]

GOOGLE = {
    "sub": "110248495921238986420",
    "name": "Ann Example",
    "given_name": "Ann",
    "picture": "https://lh3.googleusercontent.com/a/AItbvmmCW8r=s96-c",
    "email": "ann@x.com",
    "email_verified": True,
    "hd": "x.com",
}
MICROSOFT = {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
    "businessPhones": [],
    "displayName": "Adele Vance",
    "mail": "AdeleV@x.com",
    "userPrincipalName": "AdeleV@x.com",
    "id": "87d349ed-44d7-43e1-9a83-5f2406dee5bd",
}
YANDEX = {
    "login": "ivan",
    "id": "1000034426",
    "client_id": "4760187d81bc4b7799476b42b5103713",
    "default_email": "test@yandex.ru",
    "emails": ["test@yandex.ru"],
    "default_avatar_id": "131652443",
    "is_avatar_empty": False,
    "real_name": "Ivan Ivanov",
    "psuid": "1.AAceCw",
}
FACEBOOK = {
    "id": "10158282828282828",
    "name": "Ann Example",
    "email": "ann@x.com",
    "picture": {
        "data": {"height": 200, "is_silhouette": False, "url": "https://scontent/a.jpg", "width": 200}
    },
}
INSTAGRAM = {
    "id": "24963600000000000",
    "user_id": "17841400000000000",
    "username": "ann.example",
    "name": "Ann",
    "account_type": "BUSINESS",
    "profile_picture_url": "https://scontent.cdninstagram.com/a.jpg",
    "followers_count": 1,
}
GITHUB = {
    "login": "octocat",
    "id": 583231,
    "node_id": "MDQ6VXNlcjU4MzIzMQ==",
    "avatar_url": "https://avatars.githubusercontent.com/u/583231",
    "name": "The Octocat",
    "email": "public@x.com",
}
GITLAB = {
    "id": 1,
    "username": "john_smith",
    "name": "John Smith",
    "state": "active",
    "avatar_url": "https://gitlab.example.com/uploads/user/avatar/1/index.jpg",
    "email": "john@x.com",
    "confirmed_at": "2012-05-23T09:05:22.000Z",
}
BITBUCKET = {
    "type": "user",
    "uuid": "{8f4f4f4e-0000-4000-8000-000000000000}",
    "username": "evzijst",
    "display_name": "Erik van Zijst",
    "account_status": "active",
    "links": {"avatar": {"href": "https://bitbucket.org/account/evzijst/avatar/32/"}},
}
GITEE = {
    "id": 12285415,
    "login": "ann",
    "name": "Ann",
    "avatar_url": "https://gitee.com/a.png",
    "email": None,
}
GITEA = {
    "id": 7,
    "login": "ann",
    "login_name": "",
    "full_name": "Ann Example",
    "email": "ann@noreply.codeberg.org",
    "avatar_url": "https://codeberg.org/avatars/7",
    "active": True,
}
DISCORD = {
    "id": "80351110224678912",
    "username": "nelly",
    "discriminator": "1337",
    "global_name": "Nelly",
    "avatar": "8342729096ea3675442027381ff50dfe",
    "verified": True,
    "email": "nelly@x.com",
    "flags": 64,
}
TWITTER = {
    "data": {
        "id": "2244994945",
        "name": "X Dev",
        "username": "XDevelopers",
        "confirmed_email": "dev@x.com",
        "profile_image_url": "https://pbs.twimg.com/profile_images/1/a_normal.jpg",
    }
}
KAKAO = {
    "id": 123456789,
    "connected_at": "2022-04-11T01:45:28Z",
    "properties": {"nickname": "Brown", "profile_image": "http://k.kakaocdn.net/dn/a/img_640x640.jpg"},
    "kakao_account": {"is_email_valid": True, "is_email_verified": True, "email": "sample@x.com"},
}
VK = {
    "response": [
        {
            "id": 743784474,
            "first_name": "Persik",
            "last_name": "Ryzhiy",
            "screen_name": "persik",
            "photo_max": "https://sun/a.jpg",
        }
    ]
}
LINEAR = {
    "data": {
        "viewer": {
            "id": "b1b1b1b1",
            "displayName": "ann",
            "name": "Ann Example",
            "email": "ann@x.com",
            "avatarUrl": "https://public.linear.app/a",
            "active": True,
        }
    }
}
NOTION = {
    "object": "user",
    "id": "9188c6a5-7381-452f-b3dc-d4865aa89bdf",
    "name": "Test Integration",
    "avatar_url": None,
    "type": "bot",
    "bot": {
        "owner": {
            "type": "user",
            "user": {
                "id": "ef850413-317a-11eb-adc1-0242ac120002",
                "name": "Ann",
                "avatar_url": "https://notion/a.png",
                "person": {"email": "ann@x.com"},
            },
        },
        "workspace_name": "Ann's",
    },
}
MONDAY = {
    "data": {
        "me": {
            "id": "4012689",
            "enabled": True,
            "name": "Ann",
            "email": "ann@x.com",
            "is_verified": True,
            "photo_small": "https://files.monday.com/a.png",
        }
    },
    "account_id": 1,
}
LARK = {
    "code": 0,
    "msg": "success",
    "data": {
        "name": "Zhang San",
        "avatar_url": "https://www.feishu.cn/avatar/icon",
        "open_id": "ou-caecc734c2e3328a62489fe0648c4b98779515d3",
        "union_id": "on-d89jhsdhjsajkda7828enjdj328ydhhw3u43yjhdj",
        "email": "zhangsan@feishu.cn",
    },
}
BOX = {
    "id": "11446498",
    "type": "user",
    "name": "Aaron Levie",
    "login": "ceo@x.com",
    "status": "active",
    "avatar_url": "https://www.box.com/api/avatar/large/181216415",
}
SPOTIFY = {
    "id": "smedjan",
    "display_name": "Ann",
    "email": "ann@x.com",
    "images": [{"url": "https://i.scdn.co/image/a", "height": 300, "width": 300}, {"url": "https://b"}],
}
TRAKT = {
    "user": {
        "username": "justin",
        "private": False,
        "name": "Justin Nemeth",
        "ids": {"slug": "justin", "uuid": "b6589fc6ab0dc82cf12099d1c2d40ab994e8410c"},
        "images": {"avatar": {"full": "https://secure.gravatar.com/avatar/a"}},
    }
}
TWITCH = {
    "data": [
        {
            "id": "141981764",
            "login": "twitchdev",
            "display_name": "TwitchDev",
            "email": "not-real@x.com",
            "profile_image_url": "https://static-cdn.jtvnw.net/a.png",
        }
    ]
}
PATREON = {
    "data": {
        "type": "user",
        "id": "12345689",
        "attributes": {
            "email": "ann@x.com",
            "full_name": "Ann Example",
            "vanity": "ann",
            "image_url": "https://c8.patreon.com/a",
            "is_email_verified": True,
        },
    }
}
STRAVA = {
    "id": 1234567890987654321,
    "username": "marianne_t",
    "firstname": "Marianne",
    "lastname": "Teutenberg",
    "profile": "https://xxxxxx.cloudfront.net/large.jpg",
}
WAKATIME = {
    "data": {
        "id": "5f7e2d1c",
        "display_name": "Ann Example",
        "username": "ann",
        "email": "ann@x.com",
        "is_email_confirmed": True,
        "photo": "https://wakatime.com/photo/a",
        "photo_public": True,
    }
}
LIVECHAT = {
    "account_id": "d24fa41e",
    "name": "Ann",
    "email": "ann@x.com",
    "email_verified": True,
    "avatar_url": "https://s3.livechat/a.png",
}
MAILCOW = {
    "success": True,
    "username": "ann@x.com",
    "id": "ann@x.com",
    "identifier": "ann@x.com",
    "email": "ann@x.com",
    "full_name": "Ann Example",
    "active": 1,
}
PLANNING_CENTER = {
    "data": {
        "type": "Person",
        "id": "1",
        "attributes": {
            "avatar": "https://avatars.planningcenteronline.com/a",
            "name": "Ann",
            "status": "active",
        },
    }
}
OIDC = {
    "sub": "248289761001",
    "name": "Jane Doe",
    "preferred_username": "j.doe",
    "email": "janedoe@x.com",
    "email_verified": True,
    "picture": "http://example.com/janedoe/me.jpg",
}

# Of each provider what it describes, and id, name, user name, address and picture of whom that is.
MAPPINGS = {
    "google": (GOOGLE, ("110248495921238986420", "Ann Example", "", "ann@x.com", GOOGLE["picture"])),
    "microsoft": (MICROSOFT, (MICROSOFT["id"], "Adele Vance", "", "AdeleV@x.com", "")),
    "yandex": (
        YANDEX,
        (
            "1000034426",
            "Ivan Ivanov",
            "ivan",
            "test@yandex.ru",
            "https://avatars.yandex.net/get-yapic/131652443/islands-200",
        ),
    ),
    "facebook": (FACEBOOK, ("10158282828282828", "Ann Example", "", "ann@x.com", "https://scontent/a.jpg")),
    "instagram2": (
        INSTAGRAM,
        ("17841400000000000", "Ann", "ann.example", "", "https://scontent.cdninstagram.com/a.jpg"),
    ),
    "github": (
        GITHUB,
        ("583231", "The Octocat", "octocat", "octo@x.com", "https://avatars.githubusercontent.com/u/583231"),
    ),
    "gitlab": (GITLAB, ("1", "John Smith", "john_smith", "john@x.com", GITLAB["avatar_url"])),
    "bitbucket": (
        BITBUCKET,
        (
            BITBUCKET["uuid"],
            "Erik van Zijst",
            "evzijst",
            "evzijst@x.com",
            "https://bitbucket.org/account/evzijst/avatar/32/",
        ),
    ),
    "gitee": (GITEE, ("12285415", "Ann", "ann", "ann@x.com", "https://gitee.com/a.png")),
    "gitea": (GITEA, ("7", "Ann Example", "ann", "octo@x.com", "https://codeberg.org/avatars/7")),
    "discord": (
        DISCORD,
        (
            "80351110224678912",
            "Nelly",
            "nelly",
            "nelly@x.com",
            "https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png",
        ),
    ),
    "twitter": (
        TWITTER,
        ("2244994945", "X Dev", "XDevelopers", "dev@x.com", TWITTER["data"]["profile_image_url"]),
    ),
    "kakao": (
        KAKAO,
        ("123456789", "", "Brown", "sample@x.com", "http://k.kakaocdn.net/dn/a/img_640x640.jpg"),
    ),
    "vk": (VK, ("743784474", "Persik Ryzhiy", "persik", "", "https://sun/a.jpg")),
    "linear": (LINEAR, ("b1b1b1b1", "Ann Example", "ann", "ann@x.com", "https://public.linear.app/a")),
    "notion": (
        NOTION,
        ("ef850413-317a-11eb-adc1-0242ac120002", "Ann", "", "ann@x.com", "https://notion/a.png"),
    ),
    "monday": (MONDAY, ("4012689", "Ann", "", "ann@x.com", "https://files.monday.com/a.png")),
    "lark": (
        LARK,
        (
            "on-d89jhsdhjsajkda7828enjdj328ydhhw3u43yjhdj",
            "Zhang San",
            "",
            "",
            "https://www.feishu.cn/avatar/icon",
        ),
    ),
    "box": (BOX, ("11446498", "Aaron Levie", "", "ceo@x.com", BOX["avatar_url"])),
    "spotify": (SPOTIFY, ("smedjan", "Ann", "", "", "https://i.scdn.co/image/a")),
    "trakt": (
        TRAKT,
        (
            "b6589fc6ab0dc82cf12099d1c2d40ab994e8410c",
            "Justin Nemeth",
            "justin",
            "",
            "https://secure.gravatar.com/avatar/a",
        ),
    ),
    "twitch": (
        TWITCH,
        ("141981764", "TwitchDev", "twitchdev", "not-real@x.com", "https://static-cdn.jtvnw.net/a.png"),
    ),
    "patreon": (PATREON, ("12345689", "Ann Example", "ann", "ann@x.com", "https://c8.patreon.com/a")),
    "strava": (
        STRAVA,
        ("1234567890987654321", "Marianne Teutenberg", "marianne_t", "", STRAVA["profile"]),
    ),
    "wakatime": (WAKATIME, ("5f7e2d1c", "Ann Example", "ann", "ann@x.com", "https://wakatime.com/photo/a")),
    "livechat": (LIVECHAT, ("d24fa41e", "Ann", "", "ann@x.com", "https://s3.livechat/a.png")),
    "mailcow": (MAILCOW, ("ann@x.com", "Ann Example", "ann", "ann@x.com", "")),
    "planningcenter": (
        PLANNING_CENTER,
        ("1", "Ann", "", "", "https://avatars.planningcenteronline.com/a"),
    ),
    **dict.fromkeys(
        ("oidc", "oidc2", "oidc3"),
        (OIDC, ("248289761001", "Jane Doe", "j.doe", "janedoe@x.com", "http://example.com/janedoe/me.jpg")),
    ),
}


@pytest.fixture
def provider(monkeypatch):
    with IdentityProvider() as provider:
        provider.describe(EMAILS, ADDRESSES)
        provider.describe("/gitee/emails", GITEE_ADDRESSES)
        monkeypatch.setattr(GiteeProvider, "emails_url", provider.url("/gitee/emails"))
        yield provider


def user_of(provider, name, raw, **options):
    provider.describe("/user", raw)
    if name == "bitbucket":
        provider.describe(EMAILS, BITBUCKET_ADDRESSES)
    return signed_in(provider, options_of(provider, name, **options))


def changed(raw, **members):
    """`raw` with other members; `a__b` is the member `b` of the member `a`."""
    copy = dict(raw)
    for path, value in members.items():
        name, _, rest = path.partition("__")
        copy[name] = changed(copy[name], **{rest: value}) if rest else value
    return copy


def test_every_provider_is_here():
    # Apple's users are in its id_token: test_id_tokens.py.
    assert {*MAPPINGS, "apple"} == set(providers())


@pytest.mark.parametrize("name", MAPPINGS)
def test_description_is_understood(provider, name):
    raw, expected = MAPPINGS[name]
    user = user_of(provider, name, raw)
    assert (user.id, user.name, user.username, user.email, user.avatar_url) == expected
    assert user.raw == raw
    assert (user.access_token, user.refresh_token, len(user.expiry)) == ("access-token", "refresh-token", 24)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        pytest.param("google", changed(GOOGLE, email_verified=False), id="google"),
        pytest.param("google", {"sub": "1", "email": "ann@x.com"}, id="google_says_nothing"),
        pytest.param("gitlab", changed(GITLAB, confirmed_at=None), id="gitlab"),
        pytest.param("gitlab", changed(GITLAB, confirmed_at=""), id="gitlab_empty"),
        pytest.param("gitlab", changed(GITLAB, confirmed_at="yesterday"), id="gitlab_other_text"),
        pytest.param("gitlab", changed(GITLAB, confirmed_at="2012-05-23"), id="gitlab_day"),
        pytest.param("gitlab", changed(GITLAB, confirmed_at="0001-01-01T00:00:00Z"), id="gitlab_never"),
        pytest.param("discord", changed(DISCORD, verified=False), id="discord"),
        pytest.param("kakao", changed(KAKAO, kakao_account__is_email_valid=False), id="kakao_taken_over"),
        pytest.param("kakao", changed(KAKAO, kakao_account__is_email_verified=False), id="kakao"),
        pytest.param("monday", changed(MONDAY, data__me__is_verified=False), id="monday"),
        pytest.param("patreon", changed(PATREON, data__attributes__is_email_verified=False), id="patreon"),
        pytest.param("wakatime", changed(WAKATIME, data__is_email_confirmed=False), id="wakatime"),
        pytest.param("livechat", changed(LIVECHAT, email_verified=False), id="livechat"),
        pytest.param("oidc", changed(OIDC, email_verified=False), id="oidc"),
        pytest.param("oidc", changed(OIDC, email_verified="false"), id="oidc_text"),
        pytest.param("oidc", changed(OIDC, email_verified="yes"), id="oidc_other_text"),
        pytest.param("oidc", changed(OIDC, email_verified=[True]), id="oidc_list"),
        pytest.param("oidc", {"sub": "1", "email": "a@x.com"}, id="oidc_says_nothing"),
    ],
)
def test_address_that_is_not_verified_is_not_told(provider, name, raw):
    assert user_of(provider, name, raw).email == ""


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        pytest.param(
            "oidc", changed(OIDC, email_verified="true"), {"email": "janedoe@x.com"}, id="oidc_text"
        ),
        pytest.param("oidc", changed(OIDC, email_verified=1), {"email": "janedoe@x.com"}, id="oidc_number"),
        pytest.param(
            "gitlab",
            changed(GITLAB, confirmed_at="2012-05-23T09:05:22+02:00"),
            {"email": "john@x.com"},
            id="gitlab_offset",
        ),
        pytest.param(
            "yandex", changed(YANDEX, is_avatar_empty=True), {"avatar_url": ""}, id="yandex_picture"
        ),
        pytest.param("spotify", changed(SPOTIFY, images=[]), {"avatar_url": ""}, id="spotify_picture"),
        pytest.param(
            "wakatime", changed(WAKATIME, data__photo_public=False), {"avatar_url": ""}, id="wakatime"
        ),
        pytest.param("discord", changed(DISCORD, avatar=None), {"avatar_url": ""}, id="discord_picture"),
        pytest.param("discord", changed(DISCORD, global_name=None), {"name": "nelly#1337"}, id="discord_old"),
        pytest.param(
            "discord",
            changed(DISCORD, global_name=None, discriminator="0"),
            {"name": "nelly"},
            id="discord_new",
        ),
        pytest.param("mailcow", changed(MAILCOW, username="ann"), {"username": "ann"}, id="mailcow_user"),
        pytest.param(
            "gitee", changed(GITEE, email="public@x.com"), {"email": "public@x.com"}, id="gitee_public"
        ),
        pytest.param("gitee", changed(GITEE, email="nonsense"), {"email": "ann@x.com"}, id="gitee_nonsense"),
        pytest.param("strava", {"id": 0}, {"id": "", "name": " "}, id="strava_nobody"),
        pytest.param("github", {"login": "a"}, {"id": "", "name": ""}, id="github_without_id"),
        pytest.param("oidc", {}, {"id": "", "email": ""}, id="oidc_without_id"),
    ],
)
def test_special_cases(provider, name, raw, told):
    user = user_of(provider, name, raw)
    assert {key: getattr(user, key) for key in told} == told


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        pytest.param("bitbucket", changed(BITBUCKET, account_status="inactive"), id="bitbucket"),
        pytest.param("gitea", changed(GITEA, active=False), id="gitea"),
        pytest.param("linear", changed(LINEAR, data__viewer__active=False), id="linear"),
        pytest.param("linear", {"errors": [{"message": "no"}]}, id="linear_error"),
        pytest.param("monday", changed(MONDAY, data__me__enabled=False), id="monday"),
        pytest.param("box", changed(BOX, status="inactive"), id="box"),
        pytest.param("mailcow", changed(MAILCOW, active=0), id="mailcow"),
        pytest.param("mailcow", changed(MAILCOW, active=True), id="mailcow_another_type"),
        pytest.param(
            "planningcenter",
            changed(PLANNING_CENTER, data__attributes__status="inactive"),
            id="planning_center",
        ),
        pytest.param("vk", {"response": []}, id="vk_nobody"),
        pytest.param("vk", {"error": {"error_code": 5}}, id="vk_error"),
        pytest.param("twitch", {"data": []}, id="twitch_nobody"),
    ],
)
def test_closed_account_is_refused(provider, name, raw):
    with pytest.raises(UserRefused):
        user_of(provider, name, raw)


# --- addresses at an endpoint of their own --------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("name", ["github", "gitea", "bitbucket", "gitee"])
def test_addresses_that_may_not_be_seen_are_done_without(provider, name, status):
    raw, _ = MAPPINGS[name]
    provider.describe("/user", raw)
    for path in (EMAILS, "/gitee/emails"):
        provider.reply(path, Reply(status, b'{"message": "no"}'))
    user = signed_in(provider, options_of(provider, name))
    assert (user.email, user.username) == ("", raw.get("login") or raw["username"])


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        pytest.param("github", [], id="github_none"),
        pytest.param("github", [{"email": "a@x.com", "verified": False, "primary": True}], id="github"),
        pytest.param("gitea", [{"email": "a@x.com", "verified": True, "primary": False}], id="gitea"),
        pytest.param(
            "bitbucket",
            {"values": [{"email": "a@x.com", "is_primary": True, "is_confirmed": False}]},
            id="bitbucket",
        ),
        pytest.param("bitbucket", {}, id="bitbucket_none"),
        pytest.param(
            "gitee", [{"email": "a@x.com", "state": "unconfirmed", "scope": ["primary"]}], id="gitee"
        ),
        pytest.param("gitee", {"email": "12+ann@user.noreply.gitee.com"}, id="gitee_private"),
    ],
)
def test_without_a_verified_primary_address_there_is_none(provider, name, addresses):
    provider.describe("/user", MAPPINGS[name][0])
    provider.describe(EMAILS, addresses)
    provider.describe("/gitee/emails", addresses)
    assert signed_in(provider, options_of(provider, name)).email == ""


@pytest.mark.parametrize("body", [b"{}", b"<html>", b"[1]", b'[{"verified": 1}]', b'"x"'])
def test_addresses_that_nobody_can_read_are_an_error(provider, body):
    provider.describe("/user", GITHUB)
    provider.reply(EMAILS, Reply(500, body))
    with pytest.raises(UserRefused):
        signed_in(provider, options_of(provider, "github"))


# --- how they want to be asked --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        pytest.param("notion", {"notion-version": "2022-06-28"}, id="notion"),
        pytest.param("twitch", {"client-id": CLIENT_ID}, id="twitch"),
        pytest.param(
            "trakt",
            {"trakt-api-key": CLIENT_ID, "trakt-api-version": "2", "content-type": "application/json"},
            id="trakt",
        ),
        pytest.param("google", {"authorization": "Bearer access-token"}, id="google"),
    ],
)
def test_headers_of_the_request(provider, name, headers):
    user_of(provider, name, MAPPINGS[name][0])
    (asked,) = provider.seen_at("/user")
    assert (asked.method, headers.items() <= asked.headers.items()) == ("GET", True)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        pytest.param(
            "linear", "query Me { viewer { id displayName name email avatarUrl active } }", id="linear"
        ),
        pytest.param("monday", "query { me { id enabled name email is_verified photo_small }}", id="monday"),
    ],
)
def test_query_of_those_that_speak_graphql(provider, name, query):
    user_of(provider, name, MAPPINGS[name][0])
    (asked,) = provider.seen_at("/user")
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/json")
    assert asked.json == {"query": query}


def test_vk_tells_the_address_beside_the_token(provider):
    provider.token["email"] = "persik@x.com"
    assert user_of(provider, "vk", VK).email == "persik@x.com"


def test_instagram_tells_the_permissions_beside_the_token(provider):
    provider.token["permissions"] = ["instagram_business_basic"]
    assert user_of(provider, "instagram2", INSTAGRAM).raw == {
        **INSTAGRAM,
        "permissions": ["instagram_business_basic"],
    }
