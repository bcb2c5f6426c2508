"""The hooks of contract/hooks.md 3: what fires each, what its event has, and what comes of what receivers do.

`bootstrap`, `serve` and `terminate` belong to processes and are not in this table.
"""

from dataclasses import dataclass
from typing import Any

HTTP = ("request", "info", "auth", "has_superuser_auth", "headers", "store", "remote_ip", "real_ip")
SAVED = ("record", "collection", "type", "error")
DESIGNED = ("collection", "type", "error")
MAILED = ("mailer", "message")
ONE = ("collection", "record")


@dataclass(frozen=True)
class Row:
    """`refused`, `failed` and `stopped` are what the scenario comes to when a receiver raises Forbidden,
    raises something else, or ends the chain, each before its `yield`."""

    name: str
    scenario: str
    fields: tuple[str, ...]
    refused: Any
    failed: Any
    stopped: Any

    def __str__(self) -> str:
        return self.name


def _operations() -> list[Row]:
    rows = []
    for kind in ("Record", "Model"):
        rows.append(Row(f"{kind}Validate", "create", SAVED, 403, 400, 200))
        for operation in ("Create", "Update", "Delete"):
            scenario, done = operation.lower(), 204 if operation == "Delete" else 200
            for name in (operation, f"{operation}Execute", f"After{operation}Success"):
                rows.append(Row(f"{kind}{name}", scenario, SAVED, 403, 400, done))
            # A failure stays one, whatever receivers make of it.
            rows.append(Row(f"{kind}After{operation}Error", f"{scenario}_refused", SAVED, 403, 400, 400))
    rows.append(Row("CollectionValidate", "collection_create", DESIGNED, 400, 400, 200))
    for operation in ("Create", "Update", "Delete"):
        scenario, done = f"collection_{operation.lower()}", 204 if operation == "Delete" else 200
        for name in (operation, f"{operation}Execute", f"After{operation}Success"):
            rows.append(Row(f"Collection{name}", scenario, DESIGNED, 400, 400, done))
        rows.append(Row(f"CollectionAfter{operation}Error", f"{scenario}_refused", DESIGNED, 400, 400, 400))
    return rows


def _request(name: str, scenario: str, *fields: str) -> Row:
    return Row(name, scenario, (*HTTP, *fields), 403, 400, 200)


ROWS = [
    *_operations(),
    Row("RecordEnrich", "view", ("record", "info"), 403, 500, 200),
    # mails: who asked for one is not told what became of it
    Row("MailerSend", "request_verification", MAILED, 204, 204, 204),
    Row("MailerRecordVerificationSend", "request_verification", (*MAILED, "record", "meta"), 204, 204, 204),
    Row(
        "MailerRecordPasswordResetSend", "request_password_reset", (*MAILED, "record", "meta"), 204, 204, 204
    ),
    Row("MailerRecordEmailChangeSend", "request_email_change", (*MAILED, "record", "meta"), 403, 400, 204),
    Row("MailerRecordOTPSend", "request_otp", (*MAILED, "record", "meta"), 200, 200, 200),
    Row("MailerRecordAuthAlertSend", "auth_with_password", (*MAILED, "record", "meta"), 200, 200, 200),
    # realtime
    _request("RealtimeConnectRequest", "connect", "client", "idle_seconds", "max_seconds"),
    _request("RealtimeSubscribeRequest", "subscribe", "client", "subscriptions"),
    Row("RealtimeMessageSend", "connect", ("client", "name", "data", "request"), 200, 200, 200),
    # settings, files, batches
    _request("SettingsListRequest", "settings_list", "settings"),
    _request("SettingsUpdateRequest", "settings_update", "old_settings", "new_settings"),
    Row("SettingsReload", "settings_update", ("settings",), 400, 400, 200),
    _request(
        "FileDownloadRequest",
        "download",
        "collection",
        "record",
        "file_field",
        "served_path",
        "served_name",
        "thumb_error",
    ),
    _request("FileTokenRequest", "file_token", *ONE, "token"),
    _request("BatchRequest", "batch", "requests"),
    # records
    _request("RecordsListRequest", "list", "collection", "records", "result"),
    _request("RecordViewRequest", "view", *ONE),
    _request("RecordCreateRequest", "create", *ONE),
    _request("RecordUpdateRequest", "update", *ONE),
    _request("RecordDeleteRequest", "delete", *ONE),
    _request("RecordAuthRequest", "auth_with_password", *ONE, "token", "meta", "auth_method"),
    _request(
        "RecordAuthWithPasswordRequest",
        "auth_with_password",
        *ONE,
        "identity",
        "identity_field",
        "password",
    ),
    _request(
        "RecordAuthWithOAuth2Request",
        "auth_with_oauth2",
        *ONE,
        "provider_name",
        "provider",
        "oauth2_user",
        "create_data",
        "is_new_record",
    ),
    _request("RecordAuthRefreshRequest", "auth_refresh", *ONE),
    _request("RecordRequestPasswordResetRequest", "request_password_reset", *ONE),
    _request("RecordConfirmPasswordResetRequest", "confirm_password_reset", *ONE),
    _request("RecordRequestVerificationRequest", "request_verification", *ONE),
    _request("RecordConfirmVerificationRequest", "confirm_verification", *ONE),
    _request("RecordRequestEmailChangeRequest", "request_email_change", *ONE, "new_email"),
    _request("RecordConfirmEmailChangeRequest", "confirm_email_change", *ONE, "new_email"),
    _request("RecordRequestOTPRequest", "request_otp", *ONE, "password"),
    _request("RecordAuthWithOTPRequest", "auth_with_otp", *ONE, "otp"),
    # collections
    _request("CollectionsListRequest", "collections_list", "collections", "result"),
    _request("CollectionViewRequest", "collection_view", "collection"),
    _request("CollectionCreateRequest", "collection_create", "collection"),
    _request("CollectionUpdateRequest", "collection_update", "collection"),
    _request("CollectionDeleteRequest", "collection_delete", "collection"),
    _request("CollectionsImportRequest", "collections_import", "collections_data", "delete_missing"),
    # backups, which have nobody to answer
    Row("BackupCreate", "backup_create", ("name", "exclude"), "Forbidden", "ZeroDivisionError", "done"),
    Row("BackupRestore", "backup_restore", ("name", "exclude"), "Forbidden", "ZeroDivisionError", "done"),
]
OF_PROCESSES = ("Bootstrap", "Serve", "Terminate")
