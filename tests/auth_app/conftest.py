"""A collection of people to sign in."""

from collections.abc import Callable

import pytest

from collections_app.collection import Collection
from collections_app.definitions.scaffolds import auth_fields
from tests.auth_app.accounts import auth_options

MakeMembers = Callable[..., Collection]


@pytest.fixture
def make_members(make_collection) -> MakeMembers:
    """Make the auth collection `members`; keywords are its options, `username_index` ends that index."""

    def make(*, username_index: str = "(`username`)", extra_fields=(), **options) -> Collection:
        fields = [field.as_json() for field in auth_fields()]
        fields += [{"type": "text", "name": "username"}, {"type": "text", "name": "nick", "hidden": True}]
        return make_collection(
            "members",
            type="auth",
            fields=[*fields, *extra_fields],
            indexes=(
                "CREATE UNIQUE INDEX `idx_members_key` ON `members` (`tokenKey`)",
                "CREATE UNIQUE INDEX `idx_members_email` ON `members` (`email`) WHERE `email` != ''",
                f"CREATE UNIQUE INDEX `idx_members_username` ON `members` {username_index}",
            ),
            options=auth_options(**options),
        )

    return make
