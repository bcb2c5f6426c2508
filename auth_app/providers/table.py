"""The OAuth2 providers without ways of their own: what each expects, and where it says what.

Every URL and the display name can be overridden per collection. Those with ways of their own have files
beside this one. Reference: contract/auth.md 10.3; tools/auth/*.go, PocketBase v0.39.11.
"""

from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider

_TABLE = (
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
        user=UserFields(
            id="sub", name="name", email="email", email_verified="email_verified", avatar_url="picture"
        ),
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
        user=UserFields(name="name", email="email", avatar_url="picture.data.url"),
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
        user=UserFields(
            id="data.id",
            name="data.name",
            username="data.username",
            email="data.confirmed_email",
            avatar_url="data.profile_image_url",
        ),
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
        user=UserFields(id="data.union_id", name="data.name", avatar_url="data.avatar_url"),
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
        # Box lets only verified addresses authorize.
        user=UserFields(name="name", email="login", avatar_url="avatar_url", must_be=("status", "active")),
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
        # Its addresses are not verified.
        user=UserFields(name="display_name", avatar_url="images.0.url"),
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
        user=UserFields(
            id="data.id",
            name="data.attributes.full_name",
            username="data.attributes.vanity",
            email="data.attributes.email",
            email_verified="data.attributes.is_email_verified",
            avatar_url="data.attributes.image_url",
        ),
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
        user=UserFields(
            id="account_id",
            name="name",
            email="email",
            email_verified="email_verified",
            avatar_url="avatar_url",
        ),
    ),
    Provider(
        "planningcenter",
        "Planning Center",
        29,
        ("people",),
        "https://api.planningcenteronline.com/oauth/authorize",
        "https://api.planningcenteronline.com/oauth/token",
        "https://api.planningcenteronline.com/people/v2/me",
        tint="#2266b8",
        # People have several addresses, and nobody knows which are verified.
        user=UserFields(
            id="data.id",
            name="data.attributes.name",
            avatar_url="data.attributes.avatar",
            must_be=("data.attributes.status", "active"),
        ),
    ),
)

for provider in _TABLE:
    register_provider(provider)
