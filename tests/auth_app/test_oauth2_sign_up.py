"""The account of somebody new: what the client sends, what the provider says, and who may (auth.md 10.1)."""

import base64
import json

import pytest

from auth_app.events import record_auth_with_oauth2_request
from auth_app.flows import oauth2_sign_up
from collections_app import events, passwords
from collections_app.records.storage import record_storage
from collections_app.records.writing import files
from platform_app.database.transactions import in_unit_of_work
from platform_app.wire.errors import Forbidden
from tests.auth_app.accounts import answer, error, join, rows_of, stored
from tests.auth_app.elsewhere import links, oauth2, sign_in, verified
from tests.auth_app.identity_provider import Reply

pytestmark = pytest.mark.django_db

REQUIRED = {"code": "validation_required", "message": "Cannot be blank."}
MISMATCH = {"code": "validation_values_mismatch", "message": "Values don't match."}
FAILED = "Failed to create record."
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def make(make_members, provider):
    """Make `members`: `mapped` names fields, `fields` are more of them; the rest as `make_members`."""

    def make(mapped=None, fields=(), *, changed_fields=None, **others):
        usual = {"create_rule": "", "username_index": "(`username`) WHERE `username` != ''"}
        return make_members(
            **{**usual, **others},
            changed_fields={"email": {"required": False}, **(changed_fields or {})},
            extra_fields=fields,
            oauth2=oauth2(provider, **(mapped or {})),
        )

    return make


def created(response):
    status, body = answer(response)
    assert (status, body.get("meta", {}).get("isNew")) == (200, True), body
    return stored("members", body["record"]["id"])


class TestCreateData:
    def test_missing_required_fields_are_named_and_then_filled(self, client, make, provider):
        make(fields=[{"type": "text", "name": "city", "required": True}, {"type": "number", "name": "age"}])
        response = sign_in(client, provider, verified("new@example.com"))
        assert answer(response) == error(400, FAILED, {"city": REQUIRED})
        assert not rows_of("members").exists()
        assert links() == set()
        filled = {"city": "Berlin", "age": 33}
        record = created(sign_in(client, provider, verified("new@example.com"), createData=filled))
        assert (record["city"], record["age"], record["email"]) == ("Berlin", 33, "new@example.com")

    @pytest.mark.parametrize(
        ("sent", "email", "is_verified"),
        [
            pytest.param({}, "new@example.com", True, id="none"),
            pytest.param({"email": ""}, "new@example.com", True, id="empty"),
            pytest.param({"email": None}, "new@example.com", True, id="null"),
            pytest.param({"email": 5}, "new@example.com", True, id="no_text"),
            pytest.param({"email": "own@example.com"}, "own@example.com", False, id="another"),
            pytest.param({"email": "new@example.com"}, "new@example.com", True, id="the_same"),
        ],
    )
    def test_an_address_of_the_client_wins_and_is_not_verified(
        self, client, make, provider, sent, email, is_verified
    ):
        make()
        record = created(sign_in(client, provider, verified("new@example.com"), createData=sent))
        assert (record["email"], record["verified"]) == (email, is_verified)

    def test_nobody_verifies_themselves(self, client, make, provider):
        make()
        response = sign_in(client, provider, {"sub": "1"}, createData={"verified": True})
        assert answer(response) == error(400, FAILED, {"verified": MISMATCH})

    def test_a_password_is_checked_as_on_any_create(self, client, make, provider):
        make()
        wrong = {"password": "1234", "passwordConfirm": "12345"}
        assert answer(sign_in(client, provider, {"sub": "1"}, createData=wrong)) == error(
            400, FAILED, {"passwordConfirm": MISMATCH}
        )
        good = {"password": "1234567890", "passwordConfirm": "1234567890"}
        record = created(sign_in(client, provider, {"sub": "1"}, createData=good))
        assert passwords.matches("1234567890", record["password"])

    def test_without_one_there_is_one_that_nobody_knows_whatever_the_field_asks(self, client, make, provider):
        make(changed_fields={"password": {"pattern": "^only this$", "cost": 5}})
        first = created(sign_in(client, provider, {"sub": "1"}))
        second = created(sign_in(client, provider, {"sub": "2"}))
        assert first["password"].startswith("$2a$05$")
        assert first["password"] != second["password"]

    def test_a_taken_address_is_refused(self, client, make, provider):
        make()
        join("members", "alice0000000001", email="alice@example.com")
        sent = {"email": "alice@example.com"}
        response = sign_in(client, provider, verified("new@example.com"), createData=sent)
        code = {"code": "validation_not_unique", "message": "Value must be unique."}
        assert answer(response) == error(400, FAILED, {"email": code})


class TestMappedFields:
    USER = verified("new@example.com", name="Ann Lee", preferred_username="ann", picture="https://x.y/a.png")
    MAPPED = {"id": "told_id", "name": "name", "username": "username", "avatarURL": "picture"}
    FIELDS = tuple({"type": "text", "name": name} for name in ("told_id", "name", "picture"))

    def test_take_what_the_provider_says(self, client, make, provider):
        make(self.MAPPED, self.FIELDS)
        record = created(sign_in(client, provider, self.USER))
        taken = {name: record[name] for name in ("told_id", "name", "username", "picture")}
        assert taken == {
            "told_id": "1",
            "name": "Ann Lee",
            "username": "ann",
            "picture": "https://x.y/a.png",
        }

    def test_what_the_client_sends_wins_even_if_empty(self, client, make, provider):
        make(self.MAPPED, self.FIELDS)
        sent = {"told_id": "x", "name": "", "username": None, "picture": "mine"}
        record = created(sign_in(client, provider, self.USER, createData=sent))
        assert [record[name] for name in ("told_id", "name", "username", "picture")] == ["x", "", "", "mine"]

    @pytest.mark.parametrize(
        ("options", "username", "index", "expected"),
        [
            pytest.param({}, "alice", "(`username`)", "bbb", id="taken"),
            pytest.param({}, "ALICE", "(`username` COLLATE NOCASE)", "bbb", id="taken_but_for_case"),
            pytest.param({}, "ALICE", "(`username`)", "ALICE", id="case_counts"),
            pytest.param({"pattern": "^[a-z]+$"}, "a b", "(`username`)", "bbb", id="does_not_fit"),
            pytest.param({"max": 3}, "four", "(`username`)", "bbb", id="too_long"),
            pytest.param({"required": True}, "", "(`username`)", "bbb", id="empty"),
        ],
    )
    def test_a_username_that_cannot_be_is_left_to_the_field(
        self, client, make, provider, options, username, index, expected
    ):
        field = {"autogeneratePattern": "[b]{3}", **options}
        make({"username": "username"}, changed_fields={"username": field}, username_index=index)
        join("members", "alice0000000001", email="alice@example.com", username="alice")
        record = created(sign_in(client, provider, {"sub": "1", "preferred_username": username}))
        assert record["username"] == expected


class TestPictures:
    FIELDS = ({"type": "file", "name": "avatar", "maxSelect": 1, "mimeTypes": ["image/png"]},)

    @pytest.fixture
    def members(self, make):
        return make({"avatarURL": "avatar"}, self.FIELDS)

    @pytest.fixture
    def picture(self, provider):
        provider.reply("/face.png", Reply(body=PNG, content_type="image/png", opens_without_token=True))
        return provider.url("/face.png")

    def test_is_downloaded_into_a_file_field(self, client, members, provider, picture, settings):
        settings.JOEY_PRIVATE_ADDRESSES = True
        record = created(sign_in(client, provider, verified("a@x.com", picture=picture)))
        assert record["avatar"].startswith("face_")
        assert record["avatar"].endswith(".png")
        with record_storage().open(f"{members.id}/{record.id}/{record['avatar']}") as content:
            assert content.read() == PNG

    def test_from_a_private_address_is_left_out(self, client, members, provider, picture, caplog):
        record = created(sign_in(client, provider, verified("a@x.com", picture=picture)))
        assert record["avatar"] == ""
        assert provider.seen_at("/face.png") == []
        assert "was not taken over" in caplog.text

    @pytest.mark.parametrize("url", ["/gone.png", "not a url", "ftp://x.y/z.png", ""])
    def test_that_is_not_to_be_had_keeps_nobody_out(self, client, members, provider, settings, url):
        settings.JOEY_PRIVATE_ADDRESSES = True
        url = provider.url(url) if url.startswith("/") else url
        assert created(sign_in(client, provider, verified("a@x.com", picture=url)))["avatar"] == ""

    def test_is_checked_as_an_upload_is(self, client, members, provider, settings):
        settings.JOEY_PRIVATE_ADDRESSES = True
        provider.reply("/face.png", Reply(body=b"text", content_type="image/png", opens_without_token=True))
        status, body = answer(
            sign_in(client, provider, verified("a@x.com", picture=provider.url("/face.png")))
        )
        assert (status, body["data"]["avatar"]["code"]) == (400, "validation_invalid_mime_type")

    def test_is_not_asked_for_when_the_client_sends_something(self, client, members, provider, picture):
        sent = {"avatar": None}
        created(sign_in(client, provider, verified("a@x.com", picture=picture), createData=sent))
        assert provider.seen_at("/face.png") == []

    def test_is_fetched_before_a_transaction_opens(self, client, members, provider, monkeypatch):
        open_then = []

        def download(url, **bounds):
            open_then.append(in_unit_of_work())
            raise oauth2_sign_up.DownloadFailed

        monkeypatch.setattr(oauth2_sign_up, "download", download)
        created(sign_in(client, provider, verified("a@x.com", picture="https://x.y/z.png")))
        assert open_then == [False]

    @pytest.mark.parametrize(
        ("rule", "status", "stored"),
        [
            pytest.param("", 200, [False], id="signed_up"),
            pytest.param("id = ''", 400, [False], id="refused"),
            pytest.param(None, 403, [], id="for_superusers_only"),
        ],
    )
    def test_is_stored_before_a_transaction_opens(
        self, client, make, provider, picture, settings, monkeypatch, rule, status, stored
    ):
        settings.JOEY_PRIVATE_ADDRESSES = True
        members = make({"avatarURL": "avatar"}, self.FIELDS, create_rule=rule)
        open_then, store = [], files._store

        def noting(path, pending):
            open_then.append(in_unit_of_work())
            store(path, pending)

        monkeypatch.setattr(files, "_store", noting)
        before = set(record_storage().list(f"{members.id}/"))  # of other tests
        response = sign_in(client, provider, verified("a@x.com", picture=picture))
        kept = set(record_storage().list(f"{members.id}/")) - before
        assert (response.status_code, open_then, len(kept)) == (status, stored, int(status == 200))


class TestWhoMay:
    def test_nobody_where_creating_is_for_superusers(self, client, make, provider):
        make(create_rule=None)
        response = sign_in(client, provider, {"sub": "1"})
        assert answer(response) == error(403, "Only superusers can perform this action.")

    def test_then_a_superuser_may(self, client, make, provider):
        make(create_rule=None)
        root = join("_superusers", "root00000000001", email="root@example.com")
        created(sign_in(client, provider, {"sub": "1"}, as_record=root))

    @pytest.mark.parametrize(
        ("rule", "passes"),
        [
            pytest.param("@request.context = 'oauth2'", True, id="context"),
            pytest.param("@request.context = 'default'", False, id="other_context"),
            pytest.param("@request.method = 'POST' && @request.query.a:isset = false", True, id="own_query"),
            pytest.param("@request.headers.content_type ~ 'multipart/'", True, id="own_content_type"),
            pytest.param("@request.headers.x_from = 'me'", True, id="headers"),
            pytest.param("@request.body.email = 'new@example.com'", True, id="body"),
            pytest.param("@request.body.password:isset = true", True, id="password_in_body"),
            pytest.param("@request.body.code:isset = true", False, id="not_the_outer_body"),
        ],
    )
    def test_the_rule_sees_a_create(self, client, make, provider, rule, passes):
        make(create_rule=rule)
        response = sign_in(
            client,
            provider,
            verified("new@example.com"),
            path="members/auth-with-oauth2?a=1",
            headers={"x-from": "me"},
        )
        assert answer(response)[0] == (200 if passes else 400)
        if not passes:
            assert answer(response) == error(400, FAILED)

    def test_what_the_rule_refuses_leaves_nothing(self, client, make, provider):
        make(create_rule="id = 'x'")
        sign_in(client, provider, {"sub": "1"})
        assert (rows_of("members").exists(), links()) == (False, set())


class TestHooksOfTheCreate:
    def test_run_in_the_transaction_of_the_link(self, client, make, provider, connect):
        make()

        def refuse(event, **kwargs):
            raise Forbidden("No.")

        connect(events.record_create, refuse, collection="_externalAuths")
        assert answer(sign_in(client, provider, {"sub": "1"})) == error(403, "No.")
        assert not rows_of("members").exists()

    def test_a_request_hook_may_fill_in_what_is_missing(self, client, make, provider, connect):
        make(fields=[{"type": "text", "name": "city", "required": True}])

        def fill(event, **kwargs):
            event.record["city"] = f"{event.info.context} {event.info.method}"

        connect(events.record_create_request, fill, collection="members")
        assert created(sign_in(client, provider, {"sub": "1"}))["city"] == "oauth2 POST"

    def test_the_data_may_be_changed_before(self, client, make, provider, connect):
        make()

        def change(event, **kwargs):
            assert (event.is_new_record, event.record) == (True, None)
            event.create_data["username"] = event.oauth2_user.raw["sub"] + event.provider_name

        connect(record_auth_with_oauth2_request, change, collection="members")
        assert created(sign_in(client, provider, {"sub": "1"}))["username"] == "1oidc"

    def test_a_create_that_a_hook_stops_makes_no_account(self, client, make, provider, connect):
        make()

        def stop(event, **kwargs):
            return
            yield

        connect(events.record_create_request, stop, collection="members")
        response = sign_in(client, provider, verified("a@x.com"), createData={"email": "b@x.com"})
        status, body = answer(response)
        assert (status, body["message"], list(body["data"])) == (
            400,
            "Failed to authenticate.",
            ["recordRef"],
        )
        assert not rows_of("members").exists()


def test_numbers_of_the_client_are_doubles(client, make, provider):
    make(fields=[{"type": "json", "name": "data"}])
    record = created(sign_in(client, provider, {"sub": "1"}, createData={"data": {"n": 2**53 + 1}}))
    assert json.loads(record["data"]) == {"n": 2**53}
