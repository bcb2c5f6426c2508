"""A signed-in person who is no superuser."""

import pytest
from django.test import Client

from auth_app.tokens import issue_auth_token
from collections_app.definitions.scaffolds import auth_fields
from tests.auth_app.accounts import auth_options, join


@pytest.fixture
def bob(make_collection) -> Client:
    """A client with the token of a record of `members`, an auth collection made for the test."""
    make_collection(
        "members",
        type="auth",
        fields=[field.as_json() for field in auth_fields()],
        indexes=(
            "CREATE UNIQUE INDEX `idx_members_key` ON `members` (`tokenKey`)",
            "CREATE UNIQUE INDEX `idx_members_email` ON `members` (`email`) WHERE `email` != ''",
        ),
        options=auth_options(),
    )
    return Client(headers={"authorization": issue_auth_token(join("members", "bob000000000001"))})
