"""The hooks around signing in (contract/hooks.md 3)."""

from dataclasses import dataclass
from typing import Any

from auth_app.providers.table import Provider
from auth_app.providers.user import OAuth2User
from collections_app.events import RequestEvent, record_enrich
from collections_app.records.record import Record
from platform_app.hooks.groups import HookGroup
from platform_app.hooks.hook import Hook


@dataclass
class RecordAuthEvent(RequestEvent):
    """A record that is about to be signed in, by whatever method ("" for refresh and impersonation)."""

    record: Record
    token: str
    meta: dict[str, Any] | None
    auth_method: str


@dataclass
class RecordAuthWithPasswordEvent(RequestEvent):
    """Well-formed credentials, not checked yet; a receiver may set the record that they are for."""

    record: Record | None
    identity: str
    identity_field: str
    password: str


@dataclass
class RecordAuthWithOAuth2Event(RequestEvent):
    """Somebody whom a provider vouches for, before anything is written.

    `record` is whom they are going to be signed in as, None for an account that is going to be made of
    `create_data`; `is_new_record` tells the client. Receivers may change all of it.
    """

    provider_name: str
    provider: Provider
    oauth2_user: OAuth2User
    create_data: dict[str, Any]
    record: Record | None
    is_new_record: bool


@dataclass
class RecordAuthRefreshEvent(RequestEvent):
    """A signed-in record that asks for its token to be renewed."""

    record: Record


record_auth_request = Hook(tagged=True)
record_auth_with_password_request = Hook(tagged=True)
record_auth_with_oauth2_request = Hook(tagged=True)
record_auth_refresh_request = Hook(tagged=True)

# What a renewed token runs; asked before it is looked at any further.
REFRESHING = HookGroup(record_auth_refresh_request, record_auth_request, record_enrich)
