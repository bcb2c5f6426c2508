"""The OAuth2 providers that are known by name, and what each of them expects.

Every URL and the display name can be overridden per collection. Reference: contract/auth.md 10.3.
"""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider's defaults; an empty URL has to be configured by the collection.

    `order` sorts the list that the dashboard offers; `tint` colours the provider's mark.
    """

    name: str
    display_name: str
    order: int
    scopes: tuple[str, ...] = ()
    auth_url: str = ""
    token_url: str = ""
    user_info_url: str = ""
    has_pkce: bool = True
    tint: str = "#57606a"

    @property
    def logo(self) -> str:
        """A plain mark of our own, the first letter on the provider's colour: not the provider's logo."""
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">'
            f'<rect width="64" height="64" rx="14" fill="{self.tint}"/>'
            '<text x="32" y="44" font-family="sans-serif" font-size="34" font-weight="700" '
            f'text-anchor="middle" fill="#fff">{escape(self.display_name[0].upper())}</text></svg>'
        )


_OIDC_SCOPES = ("openid", "email", "profile")

_TABLE = (
    Provider(
        "apple",
        "Apple",
        1,
        ("name", "email"),
        "https://appleid.apple.com/auth/authorize",
        "https://appleid.apple.com/auth/token",
        tint="#1d1d1f",
    ),
    Provider(
        "google",
        "Google",
        2,
        (
            "https://www.googleapis.com/auth/userinfo.profile",
            "https://www.googleapis.com/auth/userinfo.email",
        ),
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://www.googleapis.com/oauth2/v3/userinfo",
        tint="#3367d6",
    ),
    Provider(
        "microsoft",
        "Microsoft",
        3,
        ("User.Read",),
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "https://graph.microsoft.com/v1.0/me",
        tint="#0067b8",
    ),
    Provider(
        "yandex",
        "Yandex",
        4,
        ("login:email", "login:avatar", "login:info"),
        "https://oauth.yandex.com/authorize",
        "https://oauth.yandex.com/token",
        "https://login.yandex.ru/info",
        tint="#d5210f",
    ),
    Provider(
        "facebook",
        "Facebook",
        5,
        ("email",),
        "https://www.facebook.com/v3.2/dialog/oauth",
        "https://graph.facebook.com/v3.2/oauth/access_token",
        "https://graph.facebook.com/me?fields=name,email,picture.type(large)",
        tint="#1565c0",
    ),
    Provider(
        "instagram2",
        "Instagram",
        6,
        ("instagram_business_basic",),
        "https://www.instagram.com/oauth/authorize",
        "https://api.instagram.com/oauth/access_token",
        "https://graph.instagram.com/me?fields=id,username,account_type,user_id,name,"
        "profile_picture_url,followers_count,follows_count,media_count",
        tint="#c2317c",
    ),
    Provider(
        "github",
        "GitHub",
        7,
        ("read:user", "user:email"),
        "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token",
        "https://api.github.com/user",
        tint="#24292f",
    ),
    Provider(
        "gitlab",
        "GitLab",
        8,
        ("read_user",),
        "https://gitlab.com/oauth/authorize",
        "https://gitlab.com/oauth/token",
        "https://gitlab.com/api/v4/user",
        tint="#c24b15",
    ),
    Provider(
        "bitbucket",
        "Bitbucket",
        9,
        ("account",),
        "https://bitbucket.org/site/oauth2/authorize",
        "https://bitbucket.org/site/oauth2/access_token",
        "https://api.bitbucket.org/2.0/user",
        has_pkce=False,
        tint="#1558bc",
    ),
    Provider(
        "gitee",
        "Gitee",
        10,
        ("user_info", "emails"),
        "https://gitee.com/oauth/authorize",
        "https://gitee.com/oauth/token",
        "https://gitee.com/api/v5/user",
        tint="#b01c22",
    ),
    Provider(
        "gitea",
        "Gitea/Forgejo",
        11,
        ("read:user", "user:email"),
        "https://gitea.com/login/oauth/authorize",
        "https://gitea.com/login/oauth/access_token",
        "https://gitea.com/api/v1/user",
        tint="#4c7a1e",
    ),
    Provider(
        "discord",
        "Discord",
        12,
        ("identify", "email"),
        "https://discord.com/api/oauth2/authorize",
        "https://discord.com/api/oauth2/token",
        "https://discord.com/api/users/@me",
        tint="#4752c4",
    ),
    Provider(
        "twitter",
        "X/Twitter",
        13,
        ("users.read", "users.email", "tweet.read"),
        "https://x.com/i/oauth2/authorize",
        "https://api.x.com/2/oauth2/token",
        "https://api.x.com/2/users/me?user.fields=id,name,username,profile_image_url,confirmed_email",
        tint="#14171a",
    ),
    Provider(
        "kakao",
        "Kakao",
        14,
        ("account_email", "profile_nickname", "profile_image"),
        "https://kauth.kakao.com/oauth/authorize",
        "https://kauth.kakao.com/oauth/token",
        "https://kapi.kakao.com/v2/user/me",
        tint="#8a6d00",
    ),
    Provider(
        "vk",
        "ВКонтакте",
        15,
        ("email",),
        "https://oauth.vk.com/authorize",
        "https://oauth.vk.com/access_token",
        "https://api.vk.com/method/users.get?fields=photo_max,screen_name&v=5.131",
        has_pkce=False,
        tint="#2a5f99",
    ),
    Provider(
        "linear",
        "Linear",
        16,
        ("read",),
        "https://linear.app/oauth/authorize",
        "https://api.linear.app/oauth/token",
        "https://api.linear.app/graphql",
        has_pkce=False,
        tint="#4a55b5",
    ),
    Provider(
        "notion",
        "Notion",
        17,
        (),
        "https://api.notion.com/v1/oauth/authorize",
        "https://api.notion.com/v1/oauth/token",
        "https://api.notion.com/v1/users/me",
        tint="#2f3437",
    ),
    Provider(
        "monday",
        "monday.com",
        18,
        ("me:read",),
        "https://auth.monday.com/oauth2/authorize",
        "https://auth.monday.com/oauth2/token",
        "https://api.monday.com/v2",
        tint="#c8285c",
    ),
    Provider(
        "lark",
        "Lark",
        19,
        (),
        "https://accounts.feishu.cn/open-apis/authen/v1/authorize",
        "https://open.feishu.cn/open-apis/authen/v2/oauth/token",
        "https://open.feishu.cn/open-apis/authen/v1/user_info",
        tint="#1f5cc7",
    ),
    Provider(
        "box",
        "Box",
        20,
        ("root_readonly",),
        "https://account.box.com/api/oauth2/authorize",
        "https://api.box.com/oauth2/token",
        "https://api.box.com/2.0/users/me",
        tint="#0055b8",
    ),
    Provider(
        "spotify",
        "Spotify",
        21,
        ("user-read-private",),
        "https://accounts.spotify.com/authorize",
        "https://accounts.spotify.com/api/token",
        "https://api.spotify.com/v1/me",
        tint="#14833b",
    ),
    Provider(
        "trakt",
        "Trakt",
        22,
        (),
        "https://trakt.tv/oauth/authorize",
        "https://api.trakt.tv/oauth/token",
        "https://api.trakt.tv/users/settings",
        tint="#b3151a",
    ),
    Provider(
        "twitch",
        "Twitch",
        23,
        ("user:read:email",),
        "https://id.twitch.tv/oauth2/authorize",
        "https://id.twitch.tv/oauth2/token",
        "https://api.twitch.tv/helix/users",
        tint="#772ce8",
    ),
    Provider(
        "patreon",
        "Patreon",
        24,
        ("identity", "identity[email]"),
        "https://www.patreon.com/oauth2/authorize",
        "https://www.patreon.com/api/oauth2/token",
        "https://www.patreon.com/api/oauth2/v2/identity"
        "?fields%5Buser%5D=full_name,email,vanity,image_url,is_email_verified",
        tint="#c43d29",
    ),
    Provider(
        "strava",
        "Strava",
        25,
        ("profile:read_all",),
        "https://www.strava.com/oauth/authorize",
        "https://www.strava.com/api/v3/oauth/token",
        "https://www.strava.com/api/v3/athlete",
        tint="#c93f02",
    ),
    Provider(
        "wakatime",
        "WakaTime",
        26,
        ("email",),
        "https://wakatime.com/oauth/authorize",
        "https://wakatime.com/oauth/token",
        "https://wakatime.com/api/v1/users/current",
        tint="#22303c",
    ),
    Provider(
        "livechat",
        "LiveChat",
        27,
        (),
        "https://accounts.livechat.com/",
        "https://accounts.livechat.com/token",
        "https://accounts.livechat.com/v2/accounts/me",
        tint="#b94a12",
    ),
    Provider("mailcow", "mailcow", 28, ("profile",), tint="#7a6100"),
    Provider(
        "planningcenter",
        "Planning Center",
        29,
        ("people",),
        "https://api.planningcenteronline.com/oauth/authorize",
        "https://api.planningcenteronline.com/oauth/token",
        "https://api.planningcenteronline.com/people/v2/me",
        tint="#2266b8",
    ),
    Provider("oidc", "OIDC", 99, _OIDC_SCOPES),
    Provider("oidc2", "OIDC", 99, _OIDC_SCOPES),
    Provider("oidc3", "OIDC", 99, _OIDC_SCOPES),
)

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in _TABLE}
