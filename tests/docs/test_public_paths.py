"""The paths that authors import from: those on docs/reference/python.md, and they do not move."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from collections_app import migration_operations

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/python.md"

PUBLIC = {
    "auth_app.events": ["record_auth_request", "record_auth_with_password_request"],
    "auth_app.providers.provider": ["Provider", "UserFields"],
    "auth_app.providers.registry": ["register_provider"],
    "auth_app.providers.user": ["OAuth2User", "UserRefused"],
    "collections_app.commits": ["listen", "stop_listening"],
    "collections_app.events": [
        "batch_request",
        "collection_create",
        "record_create",
        "record_create_request",
    ],
    "collections_app.exposing.exposures": ["expose"],
    "collections_app.migration_operations": migration_operations.__all__,
    "collections_app.orm": ["collection_model"],
    "collections_app.records.querying.finding": ["find_first", "find_record"],
    "collections_app.records.writing.saving": ["delete_stored_record", "save_record"],
    "collections_app.views.api_view": ["APIView"],
    "collections_app.views.guards": ["require_auth", "require_superuser"],
    "files_app.events": ["file_download_request", "file_token_request"],
    "files_app.filesystem": ["Filesystem", "filesystem"],
    "joey_testing.api": ["Answer", "Api"],
    "joey_testing.scenarios": ["Scenario"],
    "platform_app.database.lanes": ["check_time", "require_pool"],
    "platform_app.requests.activity": ["add_log_meta", "log_failure", "skip_success_activity_log"],
    "system_app.logs.loggers": ["logger"],
    "platform_app.database.transactions": ["after_commit", "before_commit", "unit_of_work"],
    "platform_app.hooks.event": ["Event"],
    "platform_app.hooks.hook": ["Hook"],
    "platform_app.mail.addresses": ["Address"],
    "platform_app.mail.events": ["mailer_send"],
    "platform_app.mail.message": ["Mail"],
    "platform_app.mail.sending": ["send", "send_before_answer"],
    "platform_app.requests.held_answers": ["before_answer", "beside_answer", "hold_answer"],
    "platform_app.requests.lanes": ["LaneRoute", "short_json_write", "short_read", "without_body"],
    "platform_app.requests.lifetime": ["Companion", "lifetime"],
    "platform_app.wire.errors": ["ApiError", "BadRequest", "FieldError", "Forbidden", "Invalid", "NotFound"],
    "realtime_app.broker": ["chunked_clients", "clients", "count", "find"],
    "realtime_app.events": [
        "realtime_connect_request",
        "realtime_message_send",
        "realtime_subscribe_request",
    ],
    "realtime_app.feeds": ["feeds"],
    "realtime_app.realtime": ["send"],
    "system_app.crons.registry": ["cron", "crons"],
    "system_app.crons.scheduler": ["Scheduler"],
    "system_app.events": ["settings_list_request", "settings_reload", "settings_update_request"],
}

OPERATIONS = [
    "Added",
    "Changed",
    "CreateCollection",
    "DeleteCollection",
    "ImportCollections",
    "Removed",
    "Reordered",
    "UpdateCollection",
]


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in PUBLIC.items() for n in names])
def test_the_name_is_there(module, name):
    assert hasattr(import_module(module), name)


def test_the_page_lists_exactly_these_modules():
    rows = [line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    listed = {path for row in rows for path in re.findall(r"`([\w.]+)`", row)}
    assert listed == set(PUBLIC)


def test_migration_files_find_the_operations_that_they_were_written_with():
    assert set(OPERATIONS) <= set(migration_operations.__all__)
