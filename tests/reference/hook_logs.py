"""Receivers that note hooks of records, models, batches, sign-ins, files, mails and streams by their names
in PocketBase."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from auth_app import events as auth_events
from collections_app import events
from files_app import events as file_events
from platform_app.hooks.hook import Hook
from platform_app.mail import events as mail_events
from realtime_app import events as realtime_events
from system_app import events as system_events

Note = Callable[[str, str, Any], None]

_OPERATIONS = ("Create", "Update", "Delete")
_REQUESTS = (
    "RecordCreateRequest",
    "RecordUpdateRequest",
    "RecordDeleteRequest",
    "RecordViewRequest",
    "RecordsListRequest",
    "RecordEnrich",
    "BatchRequest",
    "RecordAuthRequest",
    "RecordAuthWithPasswordRequest",
    "RecordAuthWithOTPRequest",
    "RecordAuthWithOAuth2Request",
    "RecordAuthRefreshRequest",
    "RecordRequestOTPRequest",
    "RecordRequestVerificationRequest",
    "RecordConfirmVerificationRequest",
    "RecordRequestPasswordResetRequest",
    "RecordConfirmPasswordResetRequest",
    "RecordRequestEmailChangeRequest",
    "RecordConfirmEmailChangeRequest",
    "FileDownloadRequest",
    "FileTokenRequest",
    "MailerSend",
    "MailerRecordVerificationSend",
    "MailerRecordPasswordResetSend",
    "MailerRecordEmailChangeSend",
    "MailerRecordOTPSend",
    "MailerRecordAuthAlertSend",
    "RealtimeConnectRequest",
    "RealtimeSubscribeRequest",
    "RealtimeMessageSend",
)
# Words that are one to us.
_WORDS = {"OTP": "Otp", "OAuth2": "Oauth2"}


def names() -> list[str]:
    """`RecordCreate`, `ModelAfterDeleteError` and so on: `on...` and `On...` in PocketBase."""
    found = list(_REQUESTS)
    for kind in ("Record", "Model"):
        found.append(f"{kind}Validate")
        for operation in _OPERATIONS:
            found += (f"{kind}{operation}", f"{kind}{operation}Execute")
            found += (f"{kind}After{operation}Success", f"{kind}After{operation}Error")
    return found


def hook_of(name: str) -> Hook:
    """Our hook for PocketBase's: `RecordAfterCreateSuccess` is `record_after_create_success`."""
    for word, ours in _WORDS.items():
        name = name.replace(word, ours)
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    modules = (events, auth_events, file_events, mail_events, realtime_events, system_events)
    (hook,) = {getattr(module, snake) for module in modules if hasattr(module, snake)}
    assert isinstance(hook, Hook)
    return hook


@contextmanager
def noting(note: Note, *, priority: int = 0) -> Iterator[None]:
    """Call `note(name, mark, event)` as each hook begins (`<`), ends (`>`) or fails (`!`)."""
    uid = object()
    hooks = {name: hook_of(name) for name in names()}
    for name, hook in hooks.items():
        hook.connect(_receiver(name, note), dispatch_uid=uid, priority=priority)
    try:
        yield
    finally:
        for hook in hooks.values():
            hook.disconnect(dispatch_uid=uid)


def _receiver(name: str, note: Note) -> Callable[..., Any]:
    def receive(event: Any, **kwargs: Any) -> Iterator[None]:
        note(name, "<", event)
        try:
            yield
        except Exception:
            note(name, "!", event)
            raise
        note(name, ">", event)

    return receive
