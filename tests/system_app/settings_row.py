"""The settings as tests need them: reset, changed, and as their row stands in the database."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.db import connection
from django.test import Client

from auth_app.tokens import issue_auth_token
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.settings.saving import save_settings
from tests.auth_app.accounts import join

SAVING_FAILED = "An error occurred while saving the new settings."
LOADING_FAILED = "An error occurred while loading the submitted data."


def changed(**groups: Any) -> dict[str, Any]:
    """The defaults, with members of some groups replaced: `changed(logs={"maxDays": 7})`."""
    settings = deepcopy(DEFAULTS)
    for name, value in groups.items():
        settings[name] = {**settings[name], **value} if isinstance(value, Mapping) else value
    return settings


def save(**groups: Any) -> None:
    save_settings(changed(**groups))


def superuser(record_id: str = "root00000000001") -> Client:
    """A client that carries a superuser's token."""
    record = join("_superusers", record_id, email=f"{record_id}@example.com")
    return Client(headers={"authorization": issue_auth_token(record)})


def row() -> bytes | str:
    """The stored value, in the type that the database gives it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM _params WHERE id = 'settings'")
        value = cursor.fetchone()[0]
    return value
