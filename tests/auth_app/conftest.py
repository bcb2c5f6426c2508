"""A collection of people to sign in, and a provider that knows them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from collections_app.collection import Collection
from collections_app.definitions.scaffolds import auth_fields
from tests.auth_app.accounts import auth_options
from tests.auth_app.identity_provider import IdentityProvider

MakeMembers = Callable[..., Collection]


@pytest.fixture
def make_members(make_collection) -> MakeMembers:
    """Make the auth collection `members`; keywords are its options, `..._index` the ends of its indexes.

    `changed_fields` has options of the usual fields by their names.
    """

    def make(
        *,
        username_index: str = "(`username`)",
        email_index: str = "(`email`) WHERE `email` != ''",
        extra_fields=(),
        changed_fields: Mapping[str, Mapping[str, Any]] | None = None,
        create_rule: str | None = None,
        **options,
    ) -> Collection:
        fields = [field.as_json() for field in auth_fields()]
        fields += [{"type": "text", "name": "username"}, {"type": "text", "name": "nick", "hidden": True}]
        fields = [{**field, **(changed_fields or {}).get(field["name"], {})} for field in fields]
        return make_collection(
            "members",
            type="auth",
            fields=[*fields, *extra_fields],
            indexes=(
                "CREATE UNIQUE INDEX `idx_members_key` ON `members` (`tokenKey`)",
                f"CREATE UNIQUE INDEX `idx_members_email` ON `members` {email_index}",
                f"CREATE UNIQUE INDEX `idx_members_username` ON `members` {username_index}",
            ),
            create_rule=create_rule,
            options=auth_options(**options),
        )

    return make


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as provider:
        yield provider
