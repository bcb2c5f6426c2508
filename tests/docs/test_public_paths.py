"""The paths that authors import from: those on docs/reference/python.md, and they do not move."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import joey
from collections_app import migration_operations

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/python.md"

PUBLIC = {
    "admin_ui.extensions": ["Extension", "extensions"],
    "joey": [*joey.__all__],
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
    "auth_app.accounts": [
        "find_auth_record_by_email",
        "find_auth_record_by_token",
        "set_random_password",
    ],
    "auth_app.superusers": ["create_superuser", "delete_superuser"],
    "auth_app.tokens": [
        "issue_auth_token",
        "issue_email_change_token",
        "issue_file_token",
        "issue_password_reset_token",
        "issue_verification_token",
    ],
    "collections_app.catalog": ["catalog", "find_collection", "named_collection"],
    "collections_app.definitions.draft": ["CollectionDraft", "edit_collection", "new_collection"],
    "collections_app.definitions.importing": ["import_collections"],
    "collections_app.definitions.saving": ["delete_collection", "truncate_collection"],
    "collections_app.fetching": [
        "count_records",
        "find_all_records",
        "find_first_record_by_data",
        "find_first_record_by_filter",
        "find_record_by_id",
        "find_records_by_filter",
        "find_records_by_ids",
        "new_record",
    ],
    "collections_app.fields.file_names": ["PendingFile"],
    "collections_app.fields.text_field": ["TextField"],
    "collections_app.models": ["StoredCollection"],
    "collections_app.orm": ["RecordModel", "collection_model"],
    "collections_app.records.querying.finding": [
        "find_first",
        "find_record",
        "find_viewable",
        "record_satisfies",
    ],
    "collections_app.records.reading.expanding": ["expand_relations"],
    "collections_app.records.reading.presenting": ["public_export"],
    "collections_app.records.record": ["Record"],
    "collections_app.records.writing.saving": ["delete_stored_record", "save_record", "validate"],
    "collections_app.views.uploads": ["pending_uploads"],
    "files_app.downloading": ["DownloadFailed", "download"],
    "collections_app.views.api_view": ["APIView"],
    "collections_app.views.guards": ["require_auth", "require_superuser"],
    "files_app.events": ["file_download_request", "file_token_request"],
    "files_app.filesystem": ["Filesystem", "filesystem", "local_filesystem", "s3_filesystem"],
    "files_app.thumbs": ["ThumbFailed"],
    "system_app.backups.places": ["backups_filesystem"],
    "joey_testing.api": ["Answer", "Api"],
    "joey_testing.scenarios": ["Scenario"],
    "platform_app.database.lanes": ["check_time", "require_pool"],
    "platform_app.requests.activity": ["add_log_meta", "log_failure", "skip_success_activity_log"],
    "system_app.logs.loggers": ["logger"],
    "platform_app.database.transactions": ["after_commit", "before_commit", "on_complete", "unit_of_work"],
    "platform_app.database.named_sql": ["expression", "query"],
    "platform_app.database.routers": ["log_database"],
    "collections_app.batch_actions": ["batch_action"],
    "collections_app.fields.base": ["Field", "OptionContext", "ValueContext"],
    "collections_app.fields.texts": ["HoldsText"],
    "collections_app.fields.registry": ["register"],
    "auth_app.mails": [
        "send_auth_alert",
        "send_email_change",
        "send_otp",
        "send_password_reset",
        "send_verification",
    ],
    "system_app.models": ["Log"],
    "system_app.jobs.enqueuing": ["enqueue"],
    "platform_app.runtime_settings.current": ["current", "forget_settings"],
    "platform_app.store": ["Store", "store"],
    "platform_app.http.sending": ["send"],
    "platform_app.outgoing.answer": ["RequestFailed"],
    "platform_app.security.encryption": ["CannotDecrypt", "decrypt", "encrypt"],
    "platform_app.security.jwts": ["InvalidToken", "create_jwt", "parse_jwt", "parse_unverified_jwt"],
    "platform_app.security.random_texts": ["random_text_of"],
    "system_app.settings.saving": ["change_settings"],
    "platform_app.hooks.event": ["Event"],
    "platform_app.hooks.hook": ["Hook"],
    "platform_app.mail.addresses": ["Address"],
    "platform_app.mail.events": ["mailer_send"],
    "platform_app.mail.message": ["Mail"],
    "platform_app.mail.sending": ["send", "send_before_answer"],
    "platform_app.requests.answers": ["unrouted"],
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
    "system_app.events": [
        "backup_create",
        "backup_restore",
        "bootstrap",
        "serve",
        "settings_list_request",
        "settings_reload",
        "settings_update_request",
        "terminate",
    ],
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
