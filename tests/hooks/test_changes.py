"""What receivers change is what happens: one change for each hook whose event may be changed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from auth_app.tokens import issue_auth_token
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from tests.auth_app.accounts import join, rows_of, stored
from tests.hooks.world import World
from tests.reference.hook_logs import hook_of


@dataclass(frozen=True)
class Change:
    """What a receiver does before its `yield`, and how that shows afterwards."""

    hooks: tuple[str, ...]
    scenario: str
    change: Callable[[Any], Any]
    shows: Callable[[World], bool]


def saved_names(kind: str) -> tuple[str, ...]:
    return (f"{kind}Create", f"{kind}Validate", f"{kind}CreateExecute")


def set_title(event: Any) -> None:
    event.record["t"] = "changed"


def set_rule(event: Any) -> None:
    event.collection = replace(event.collection, list_rule="")


def set_subject(event: Any) -> None:
    event.message.subject = "Changed"


def says(text: str) -> Callable[[World], bool]:
    return lambda world: text.encode() in world.content


def is_signed_in_as(record_id: str) -> Callable[[World], bool]:
    return lambda world: json.loads(world.content)["record"]["id"] == record_id


class Elsewhere(EmailBackend):
    """A backend of a receiver's own, which marks what it sends."""

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            message.subject = "Elsewhere"
        return int(super().send_messages(messages))


def be_bob(event: Any) -> None:
    event.record = stored("members", "bob000000000001")


HAS_SUBJECT: Callable[[World], bool] = lambda world: [one.subject for one in mail.outbox] == ["Changed"]  # noqa: E731
IS_BOB = is_signed_in_as("bob000000000001")
MAILS = {
    "Verification": "request_verification",
    "PasswordReset": "request_password_reset",
    "EmailChange": "request_email_change",
    "OTP": "request_otp",
    "AuthAlert": "auth_with_password",
}

CHANGES = [
    Change(
        ("RecordCreateRequest", *saved_names("Record"), *saved_names("Model")),
        "create",
        set_title,
        lambda world: world.titles == ["changed"],
    ),
    Change(
        ("RecordUpdateRequest", "RecordUpdate", "RecordUpdateExecute", "ModelUpdate", "ModelUpdateExecute"),
        "update",
        set_title,
        lambda world: world.titles == ["changed"],
    ),
    Change(
        ("RecordAfterCreateSuccess", "ModelAfterCreateSuccess"), "create", set_title, says('"t":"changed"')
    ),
    Change(
        ("RecordAfterUpdateSuccess", "ModelAfterUpdateSuccess"), "update", set_title, says('"t":"changed"')
    ),
    Change(("RecordViewRequest",), "view", set_title, says('"t":"changed"')),
    Change(
        ("RecordEnrich",),
        "view",
        lambda event: setattr(event.record, "concealed", frozenset({"t"})),
        lambda world: not says('"t"')(world),
    ),
    Change(("RecordsListRequest",), "list", lambda event: event.records.clear(), says('"items":[]')),
    Change(
        ("BatchRequest",),
        "batch",
        lambda event: event.requests[0].body.update(t="changed"),
        lambda world: world.titles == ["changed"],
    ),
    Change(
        ("CollectionCreateRequest", "CollectionCreate", "CollectionValidate", "CollectionCreateExecute"),
        "collection_create",
        set_rule,
        says('"listRule":""'),
    ),
    Change(
        ("CollectionUpdateRequest", "CollectionUpdate", "CollectionUpdateExecute"),
        "collection_update",
        set_rule,
        says('"listRule":""'),
    ),
    Change(("CollectionViewRequest",), "collection_view", set_rule, says('"listRule":""')),
    Change(
        ("CollectionsListRequest",),
        "collections_list",
        lambda event: event.result.update(totalItems=7),
        says('"totalItems":7'),
    ),
    Change(
        ("CollectionsImportRequest",),
        "collections_import",
        lambda event: event.collections_data[0].update(name="otherwise"),
        lambda world: world.send_as_root("GET", "collections/otherwise") == 200,
    ),
    Change(
        ("SettingsListRequest",),
        "settings_list",
        lambda event: event.settings["meta"].update(appName="Shown"),
        says('"appName":"Shown"'),
    ),
    Change(
        ("SettingsUpdateRequest",),
        "settings_update",
        lambda event: event.new_settings["meta"].update(appName="Changed"),
        says('"appName":"Changed"'),
    ),
    Change(("MailerSend",), "request_verification", set_subject, HAS_SUBJECT),
    Change(
        ("MailerSend",),
        "request_verification",
        lambda event: setattr(event, "mailer", Elsewhere()),
        lambda world: [one.subject for one in mail.outbox] == ["Elsewhere"],
    ),
    *(
        Change((f"MailerRecord{kind}Send",), scenario, set_subject, HAS_SUBJECT)
        for kind, scenario in MAILS.items()
    ),
    Change(
        ("RecordAuthRequest",),
        "auth_with_password",
        lambda event: setattr(event, "token", "another"),
        says('"token":"another"'),
    ),
    Change(
        ("RecordAuthRequest",),
        "auth_refresh",
        lambda event: setattr(event, "meta", {"a": 1}),
        says('"meta":{"a":1}'),
    ),
    Change(("RecordAuthWithPasswordRequest",), "auth_with_password", be_bob, IS_BOB),
    Change(("RecordAuthWithOAuth2Request",), "auth_with_oauth2", be_bob, IS_BOB),
    Change(
        ("RecordAuthWithOAuth2Request",),
        "auth_with_oauth2",
        lambda event: event.create_data.update(username="chosen"),
        says('"username":"chosen"'),
    ),
    Change(("RecordAuthRefreshRequest",), "auth_refresh", be_bob, IS_BOB),
    Change(("RecordAuthWithOTPRequest",), "auth_with_otp", be_bob, IS_BOB),
    Change(
        ("RecordRequestOTPRequest",),
        "request_otp",
        be_bob,
        lambda world: rows_of("_otps").get().recordRef == "bob000000000001",
    ),
    Change(
        ("RecordRequestVerificationRequest",),
        "request_verification",
        be_bob,
        lambda world: mail.outbox[0].to == ["bob@example.com"],
    ),
    Change(
        ("RecordRequestPasswordResetRequest",),
        "request_password_reset",
        be_bob,
        lambda world: mail.outbox[0].to == ["bob@example.com"],
    ),
    Change(
        ("RecordRequestEmailChangeRequest",),
        "request_email_change",
        lambda event: setattr(event, "new_email", "changed@example.com"),
        lambda world: mail.outbox[0].to == ["changed@example.com"],
    ),
    Change(
        ("RecordConfirmEmailChangeRequest",),
        "confirm_email_change",
        lambda event: setattr(event, "new_email", "changed@example.com"),
        lambda world: world.alice["email"] == "changed@example.com",
    ),
    Change(
        ("RecordConfirmVerificationRequest",),
        "confirm_verification",
        lambda event: event.record.__setitem__("username", "verified"),
        lambda world: world.alice["username"] == "verified",
    ),
    Change(
        ("RecordConfirmPasswordResetRequest",),
        "confirm_password_reset",
        lambda event: event.record.__setitem__("username", "reset"),
        lambda world: world.alice["username"] == "reset",
    ),
    Change(
        ("FileDownloadRequest",),
        "download",
        lambda event: setattr(event, "served_name", "other.txt"),
        lambda world: "other.txt" in world.headers["Content-Disposition"],
    ),
    Change(
        ("FileTokenRequest",),
        "file_token",
        lambda event: setattr(event, "token", "another"),
        says('"another"'),
    ),
    Change(
        ("RealtimeSubscribeRequest",),
        "subscribe",
        lambda event: event.subscriptions.append("more"),
        lambda world: set(world.listener.topics) == {"posts/*", "more"},
    ),
]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param(name, change, id=f"{name}-{at}")
        for at, change in enumerate(CHANGES)
        for name in change.hooks
    ],
)
def test_what_a_receiver_changes_is_done(world, connect, name, change):
    join("members", "bob000000000001", email="bob@example.com", username="bob", verified=False)
    world.prepare(change.scenario)
    limits = {"collection": "posts"} if name.startswith("Model") else {}
    connect(hook_of(name), lambda event, **kwargs: change.change(event), **limits)
    assert world.play(change.scenario) in {200, 204}
    assert change.shows(world)


def test_what_a_delete_takes_along_may_be_saved(world, connect):
    """A receiver of a delete hook may put another record in the place of the one that goes."""
    collection_model("posts").objects.bulk_create(
        [collection_model("posts")(id=f"record00000000{n}", t=str(n)) for n in (1, 2)]
    )

    def spare(event, **kwargs):
        event.record = find_record(event.collection, "record000000002")

    connect(hook_of("RecordDeleteRequest"), spare)
    assert world.delete() == 204
    assert world.titles == ["1"]


def test_a_token_of_a_receiver_is_as_good_as_any(world, connect):
    def shorten(event, **kwargs):
        event.token = issue_auth_token(event.record, duration_seconds=60)

    connect(hook_of("RecordAuthRequest"), shorten)
    assert world.auth_refresh() == 200
    token = json.loads(world.content)["token"]
    assert world.send("POST", "collections/members/auth-refresh", authorization=token) == 200
