"""Saving the settings: checked, written to their row as PocketBase writes it, and used at once."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.db import connection

from collections_app import events
from platform_app.database.dates import now
from platform_app.database.transactions import after_commit, unit_of_work
from platform_app.runtime_settings.current import current, forget_settings, stored_settings
from platform_app.runtime_settings.row import ROW_ID, row_value
from platform_app.wire.errors import Invalid
from system_app.events import SettingsModelEvent, SettingsReloadEvent, settings_reload
from system_app.reloading import follower
from system_app.settings.members import merged_json
from system_app.settings.validation import settings_errors


def save_settings(settings: Mapping[str, Any]) -> None:
    """Store the whole settings, reload this process's copy and announce `settings_reload`.

    Raises Invalid for settings that break a rule, ImproperlyConfigured for an unusable encryption key, and
    what receivers of the model hooks raise.
    """
    event = SettingsModelEvent(dict(settings))

    def save() -> None:
        validating = SettingsModelEvent(event.settings, type="validate")
        events.model_validate.trigger(validating, lambda: _check(validating.settings))
        event.settings = validating.settings
        events.model_update_execute.trigger(event, lambda: _write(event.settings))

    def fail(error: BaseException) -> None:
        event.error = error if isinstance(error, Exception) else None
        events.model_after_update_error.trigger(event)

    try:
        events.model_update.trigger(event, save)
    except Exception as error:
        fail(error)
        raise
    with follower.saving():
        forget_settings()
    after_commit(lambda: events.model_after_update_success.trigger(event), fail)
    settings_reload.trigger(SettingsReloadEvent(current()))


def _check(settings: Mapping[str, Any]) -> None:
    if errors := settings_errors(settings):
        raise Invalid(errors)


def _write(settings: Mapping[str, Any]) -> None:
    value = row_value(settings)
    if connection.vendor != "sqlite" and isinstance(value, bytes):
        value = value.decode()  # the column is text there
    with unit_of_work(), connection.cursor() as cursor:
        moment = now()
        cursor.execute("UPDATE _params SET value = %s, updated = %s WHERE id = %s", [value, moment, ROW_ID])
        if cursor.rowcount == 0:
            cursor.execute(
                "INSERT INTO _params (id, value, created, updated) VALUES (%s, %s, %s, %s)",
                [ROW_ID, value, moment, moment],
            )


def change_settings(members: Mapping[str, Any]) -> None:
    """Lay some members over the stored settings, as a PATCH does, and save: `{"meta": {"appName": "Acme"}}`.

    Raises ValueError for a member of a wrong type, and what `save_settings` raises.
    """
    with unit_of_work():
        save_settings(merged_json(stored_settings().data, members))


def rename_rate_limit_labels(old_name: str, new_name: str) -> None:
    """Let the rate limit rules of a renamed collection, such as `posts:create`, follow its name."""
    settings = deepcopy(dict(stored_settings().data))
    renamed = False
    for rule in settings["rateLimits"]["rules"]:
        collection, colon, action = rule["label"].partition(":")
        if colon and collection == old_name:
            rule["label"] = f"{new_name}:{action}"
            renamed = True
    if renamed:
        save_settings(settings)
