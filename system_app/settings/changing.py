"""Settings as superusers read and change them, under the hooks of the API, for it and the dashboard."""

import logging
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from collections_app.request_info import RequestInfo
from platform_app.runtime_settings.current import current, stored_settings
from platform_app.wire.errors import ApiError, BadRequest, Invalid
from system_app.events import (
    SettingsListEvent,
    SettingsUpdateEvent,
    settings_list_request,
    settings_update_request,
)
from system_app.settings.members import shown
from system_app.settings.saving import save_settings

logger = logging.getLogger(__name__)

SAVING_FAILED = "An error occurred while saving the new settings."


def read_settings(info: RequestInfo) -> Any:
    """The settings without their secrets, or what a hook answers in their place.

    Those that are stored: this process's copy may be older than what the client has just saved in another.
    """
    event = SettingsListEvent(info, deepcopy(dict(stored_settings().data)))
    return settings_list_request.trigger(event, lambda: shown(event.settings))


def update_settings(info: RequestInfo, old: Mapping[str, Any], new: dict[str, Any]) -> Any:
    """Save `new`, which was made of the stored settings `old`; the answer is as that of `read_settings`.

    Raises BadRequest, with `data` for settings that break a rule.
    """
    event = SettingsUpdateEvent(info, dict(old), new)
    return settings_update_request.trigger(event, lambda: _saved(event.new_settings))


def _saved(settings: dict[str, Any]) -> dict[str, Any]:
    try:
        save_settings(settings)
    except Invalid as error:
        raise BadRequest(SAVING_FAILED, error.errors) from error
    except Exception as error:
        if not isinstance(error, ApiError | DatabaseError | ImproperlyConfigured):
            logger.exception("a hook keeps the settings from being saved")
        raise BadRequest(SAVING_FAILED) from error
    return shown(current().data)
