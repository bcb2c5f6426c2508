"""GitLab, which says when an address was confirmed.

Reference: tools/auth/gitlab.go, PocketBase v0.39.11.
"""

import re
from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User
from platform_app.wire.datetimes import parse_datetime

_RFC3339 = re.compile(r"[0-9-]{10}T[0-9:]{8}(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})")


class GitLabProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        confirmed = facts.text(raw, "confirmed_at")
        if not (_RFC3339.fullmatch(confirmed) and parse_datetime(confirmed)):
            user.email = ""
        return user


register_provider(
    GitLabProvider(
        "gitlab",
        "GitLab",
        8,
        ("read_user",),
        "https://gitlab.com/oauth/authorize",
        "https://gitlab.com/oauth/token",
        "https://gitlab.com/api/v4/user",
        tint="#c24b15",
        user=UserFields(
            name="name", username="username", email="email", avatar_url="avatar_url", has_number_id=True
        ),
    )
)
