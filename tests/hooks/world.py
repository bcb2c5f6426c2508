"""Everything that fires hooks, by name: a scenario does it in a small world and says how it went."""

import json
from typing import Any

from django.core import mail
from django.core.files.base import ContentFile
from django.test import Client

from auth_app.tokens import (
    issue_auth_token,
    issue_email_change_token,
    issue_password_reset_token,
    issue_verification_token,
)
from collections_app.fields.password_field import Password
from collections_app.orm import collection_model
from platform_app.database import dates
from realtime_app.service import service
from system_app.backups.creating import create_backup
from system_app.backups.restoring import restore_backup
from tests.auth_app.accounts import PASSWORD, join, plant, stored
from tests.auth_app.elsewhere import sign_in as sign_in_elsewhere
from tests.auth_app.elsewhere import verified
from tests.realtime_app.listening import Listener

ROOT, ALICE, RECORD = "designer0000001", "alice0000000001", "record000000001"
HERE = "127.0.0.1"
TEXT = {"type": "text", "name": "t", "required": True}


class World:
    """`posts` that everybody may change, notes that need one, and Alice of `members`.

    Scenarios return the status of their request, or "done". What only prepares them is done when the world is
    made or by `prepare_...`, before anybody listens.
    """

    def __init__(self, design: Any, provider: Any) -> None:
        self.design = design
        self.provider = provider
        self.content = b""  # of the last answer
        self.headers: Any = {}
        self.posts = design.make(
            "posts",
            TEXT,
            {"type": "file", "name": "file", "maxSelect": 1},
            listRule="",
            viewRule="",
            createRule="",
            updateRule="",
            deleteRule="",
        )
        needs = {"type": "relation", "name": "post", "collectionId": self.posts["id"], "required": True}
        design.make("notes", needs)
        join("members", ALICE, email="alice@example.com", verified=False, username="alice")
        self.listener = Listener(ip=HERE)

    def play(self, scenario: str) -> Any:
        return getattr(self, scenario)()

    def prepare(self, scenario: str) -> None:
        prepare = getattr(self, f"prepare_{scenario}", None)
        if prepare is not None:
            prepare()

    def send(self, method: str, path: str, body: Any = None, *, auth: Any = None, **headers: str) -> int:
        if auth is not None:
            headers["authorization"] = issue_auth_token(auth)
        text = "" if body is None else json.dumps(body)
        answer = Client().generic(
            method, f"/api/{path}", text, content_type="application/json", headers=headers
        )
        self.content = getattr(answer, "content", b"")
        self.headers = answer.headers
        return answer.status_code

    def send_as_root(self, method: str, path: str, body: Any = None) -> int:
        return self.send(method, path, body, auth=stored("_superusers", ROOT))

    @property
    def alice(self) -> Any:
        return stored("members", ALICE)

    @property
    def titles(self) -> list[str]:
        return list(collection_model("posts").objects.order_by("t").values_list("t", flat=True))

    # --- records ---

    def create(self) -> int:
        return self.send("POST", "collections/posts/records", {"id": RECORD, "t": "new"})

    def create_refused(self) -> int:
        return self.send("POST", "collections/posts/records", {"t": ""})

    def prepare_update(self) -> None:
        plant("posts", id=RECORD, t="old")

    prepare_delete = prepare_view = prepare_list = prepare_update_refused = prepare_update

    def update(self) -> int:
        return self.send("PATCH", f"collections/posts/records/{RECORD}", {"t": "new"})

    def update_refused(self) -> int:
        return self.send("PATCH", f"collections/posts/records/{RECORD}", {"t": ""})

    def delete(self) -> int:
        return self.send("DELETE", f"collections/posts/records/{RECORD}")

    def prepare_delete_refused(self) -> None:
        self.prepare_update()
        plant("notes", post=RECORD)

    delete_refused = delete

    def view(self) -> int:
        return self.send("GET", f"collections/posts/records/{RECORD}")

    def list(self) -> int:
        return self.send("GET", "collections/posts/records")

    def batch(self) -> int:
        item = {"method": "POST", "url": "/api/collections/posts/records", "body": {"id": RECORD, "t": "new"}}
        return self.send("POST", "batch", {"requests": [item]})

    # --- collections and settings ---

    def collection_create(self) -> int:
        return self.send_as_root("POST", "collections", {"name": "made", "fields": [TEXT]})

    def collection_create_refused(self) -> int:
        return self.send_as_root("POST", "collections", {"name": "posts"})

    def collection_update(self) -> int:
        return self.send_as_root("PATCH", "collections/notes", {"name": "remarks"})

    def collection_update_refused(self) -> int:
        return self.send_as_root("PATCH", "collections/notes", {"listRule": "broken ="})

    def collection_delete(self) -> int:
        return self.send_as_root("DELETE", "collections/notes")

    def collection_delete_refused(self) -> int:
        return self.send_as_root("DELETE", "collections/posts")

    def collection_view(self) -> int:
        return self.send_as_root("GET", "collections/notes")

    def collections_list(self) -> int:
        return self.send_as_root("GET", "collections")

    def collections_import(self) -> int:
        definition = {"name": "brought", "type": "base", "fields": [TEXT]}
        return self.send_as_root("PUT", "collections/import", {"collections": [definition]})

    def settings_list(self) -> int:
        return self.send_as_root("GET", "settings")

    def settings_update(self) -> int:
        return self.send_as_root("PATCH", "settings", {"meta": {"appName": "Renamed"}})

    # --- signing in ---

    def prepare_auth_with_password(self) -> None:
        # Only who has signed in elsewhere before is alerted.
        owner = {"collectionRef": self.alice.collection.id, "recordRef": ALICE}
        plant("_authOrigins", fingerprint="elsewhere", created="2026-01-01 00:00:00.000Z", **owner)

    def auth_with_password(self) -> int:
        body = {"identity": "alice@example.com", "password": PASSWORD}
        return self.send("POST", "collections/members/auth-with-password", body)

    def auth_refresh(self) -> int:
        return self.send("POST", "collections/members/auth-refresh", auth=self.alice)

    def auth_with_oauth2(self) -> int:
        answer = sign_in_elsewhere(Client(), self.provider, verified("new@example.com"))
        self.content, self.headers = answer.content, answer.headers
        return answer.status_code

    def request_otp(self) -> int:
        return self.send("POST", "collections/members/request-otp", {"email": "alice@example.com"})

    def prepare_auth_with_otp(self) -> None:
        now = dates.now()
        self.otp = plant(
            "_otps",
            collectionRef=self.alice.collection.id,
            recordRef=ALICE,
            password=Password("12345678", cost=4),
            created=now,
            updated=now,
        )

    def auth_with_otp(self) -> int:
        body = {"otpId": self.otp.id, "password": "12345678"}
        return self.send("POST", "collections/members/auth-with-otp", body)

    def request_verification(self) -> int:
        return self.send("POST", "collections/members/request-verification", {"email": "alice@example.com"})

    def confirm_verification(self) -> int:
        body = {"token": issue_verification_token(self.alice)}
        return self.send("POST", "collections/members/confirm-verification", body)

    def request_password_reset(self) -> int:
        body = {"email": "alice@example.com"}
        return self.send("POST", "collections/members/request-password-reset", body)

    def confirm_password_reset(self) -> int:
        token = issue_password_reset_token(self.alice)
        body = {"token": token, "password": "another-one", "passwordConfirm": "another-one"}
        return self.send("POST", "collections/members/confirm-password-reset", body)

    def request_email_change(self) -> int:
        body = {"newEmail": "other@example.com"}
        return self.send("POST", "collections/members/request-email-change", body, auth=self.alice)

    def confirm_email_change(self) -> int:
        token = issue_email_change_token(self.alice, "other@example.com")
        body = {"token": token, "password": PASSWORD}
        return self.send("POST", "collections/members/confirm-email-change", body)

    # --- files, streams, backups ---

    def prepare_download(self) -> None:
        post = collection_model("posts")(id=RECORD, t="old", file=ContentFile(b"content", name="a.txt"))
        post.save()
        self.file_name = str(post.file)  # type: ignore[attr-defined]

    def download(self) -> int:
        status = self.send("GET", f"files/posts/{RECORD}/{self.file_name}")
        return status

    def file_token(self) -> int:
        return self.send("POST", "files/token", auth=self.alice)

    def connect(self) -> int:
        return self.send("GET", "realtime")

    def prepare_subscribe(self) -> None:
        service.hub.register(self.listener)

    def subscribe(self) -> int:
        body = {"clientId": self.listener.id, "subscriptions": ["posts/*"]}
        return self.send("POST", "realtime", body)

    def end(self) -> None:
        service.hub.unregister(self.listener)
        mail.outbox.clear()

    def backup_create(self) -> str:
        create_backup("made.zip")
        return "done"

    def prepare_backup_restore(self) -> None:
        create_backup("made.zip")

    def backup_restore(self) -> str:
        restore_backup("made.zip")
        return "done"
