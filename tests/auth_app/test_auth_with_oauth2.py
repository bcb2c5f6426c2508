"""The route auth-with-oauth2: its body, its answers, its hooks (contract/auth.md 10.1)."""

import json
import re

import pytest

from auth_app import oauth2_names
from auth_app.events import record_auth_request, record_auth_with_oauth2_request
from auth_app.flows import oauth2 as flow
from auth_app.models import ToldName
from auth_app.providers.user import OAuth2User
from collections_app import events
from collections_app.catalog import forget_catalog
from collections_app.models import SchemaVersion
from collections_app.records.querying import finding
from platform_app.requests.struct_body import LOADING_FAILED
from platform_app.wire.errors import Forbidden, NotFound
from tests.auth_app.accounts import answer, error, join, post, rows_of, stored
from tests.auth_app.elsewhere import PATH, VERIFIER, link, links, oauth2, sign_in, verified
from tests.auth_app.identity_provider import REDIRECT_URL, Reply
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db

ALICE = "alice0000000001"
REQUIRED = {"code": "validation_required", "message": "Cannot be blank."}


def invalid_provider(name):
    message = f"Provider with name {name} is missing or is not enabled."
    return {"code": "validation_invalid_provider", "message": message, "params": {"name": name}}


TOO_LONG = {
    "code": "validation_length_too_long",
    "message": "The length must be no more than 100.",
    "params": {"max": 100, "min": 0},
}


@pytest.fixture
def members(make_members, provider):
    return make_members(create_rule="", oauth2=oauth2(provider))


class TestBody:
    @pytest.mark.parametrize(
        ("body", "data"),
        [
            pytest.param({}, {"code": REQUIRED, "provider": REQUIRED}, id="empty"),
            pytest.param({"provider": "oidc"}, {"code": REQUIRED}, id="no_code"),
            pytest.param(
                {"provider": "oidc2", "code": "x"}, {"provider": invalid_provider("oidc2")}, id="other"
            ),
            pytest.param({"provider": "x" * 101, "code": "x"}, {"provider": TOO_LONG}, id="long"),
            pytest.param({"provider": "é" * 51, "code": "x"}, {"provider": TOO_LONG}, id="long_in_bytes"),
            pytest.param({"provider": 5, "code": "x"}, {}, id="wrong_type"),
            pytest.param({"provider": "oidc", "code": "x", "createData": []}, {}, id="data_is_a_list"),
            pytest.param({"provider": "oidc", "code": "x", "createData": "{}"}, {}, id="data_is_a_text"),
        ],
    )
    def test_what_is_refused(self, client, members, body, data):
        assert answer(post(client, PATH, body)) == error(400, LOADING_FAILED, data)

    def test_a_number_beyond_doubles_is_refused(self, client, members):
        text = '{"provider":"oidc","code":"x","createData":{"n":1e400}}'
        response = client.post(f"/api/collections/{PATH}", text, content_type="application/json")
        assert answer(response) == error(400, LOADING_FAILED)

    def test_objects_cannot_be_sent_in_forms(self, client, members):
        body = {"provider": "oidc", "code": "x", "createData": "{}"}
        assert answer(client.post(f"/api/collections/{PATH}", body)) == error(400, LOADING_FAILED)

    def test_a_form_signs_in(self, client, members, provider):
        provider.describe("/user", verified("a@x.com"))
        body = {
            "provider": "oidc",
            "code": provider.authorize(VERIFIER),
            "codeVerifier": VERIFIER,
            "redirectURL": REDIRECT_URL,
            "@jsonPayload": json.dumps({"createData": {"username": "ann"}}),
        }
        status, signed_in = answer(client.post(f"/api/collections/{PATH}", body))
        assert (status, signed_in["record"]["username"]) == (200, "ann")

    @pytest.mark.parametrize(
        "urls",
        [
            pytest.param({"redirectURL": REDIRECT_URL, "redirectUrl": "https://old.example.com"}, id="both"),
            pytest.param({"redirectURL": "", "redirectUrl": REDIRECT_URL}, id="old"),
            pytest.param({"redirectURL": "", "REDIRECTURL": REDIRECT_URL}, id="any_case"),
        ],
    )
    def test_the_redirect_url_has_two_spellings(self, client, members, provider, urls):
        assert sign_in(client, provider, verified("a@x.com"), **urls).status_code == 200

    @pytest.mark.parametrize(
        ("collection", "expected"),
        [
            pytest.param("nope", error(404, "Missing or invalid collection context."), id="unknown"),
            pytest.param("_mfas", error(404, "Missing or invalid auth collection context."), id="no_auth"),
            pytest.param(
                "_superusers",
                error(403, "The collection is not configured to allow OAuth2 authentication."),
                id="disabled",
            ),
        ],
    )
    def test_the_collection_is_looked_at_before_the_body(self, client, members, collection, expected):
        response = client.post(
            f"/api/collections/{collection}/auth-with-oauth2", "{", content_type="application/json"
        )
        assert answer(response) == expected


class TestProviders:
    def test_a_wrong_verifier_is_refused(self, client, members, provider):
        response = sign_in(client, provider, verified("a@x.com"), codeVerifier="w" * 43)
        assert answer(response) == error(400, "Failed to fetch OAuth2 token.")

    def test_a_code_works_once(self, client, members, provider):
        code = provider.authorize(VERIFIER)
        assert sign_in(client, provider, verified("a@x.com"), code=code).status_code == 200
        again = sign_in(client, provider, verified("a@x.com"), code=code)
        assert answer(again) == error(400, "Failed to fetch OAuth2 token.")

    @pytest.mark.parametrize(
        "reply", [Reply(500, b"{}"), Reply(body=b"[]"), Reply(body=b"<html>")], ids=["500", "list", "html"]
    )
    def test_a_description_that_nobody_can_use_is_refused(self, client, members, provider, reply):
        provider.describe("/user", {})
        code = provider.authorize(VERIFIER)
        provider.reply("/user", reply)
        body = {"provider": "oidc", "code": code, "codeVerifier": VERIFIER, "redirectURL": REDIRECT_URL}
        assert answer(post(client, PATH, body)) == error(400, "Failed to fetch OAuth2 user.")
        assert (rows_of("members").exists(), links()) == (False, set())

    def test_one_that_this_server_does_not_know_is_our_fault(self, client, make_members, provider):
        make_members(oauth2=oauth2(provider, "gone"))
        response = post(client, PATH, {"provider": "gone", "code": "x"})
        assert answer(response) == error(500, "Failed to init provider gone.")


class TestMeta:
    def test_is_what_the_provider_says_in_the_order_of_names(self, client, members, provider):
        raw = verified("a@x.com", name="Ann <b>", picture="https://x.y/p.png", preferred_username="ann")
        raw |= {"z": [1, 2.5, 2**70, {"b": None, "a": -0.0}], "a": "<&>"}
        response = sign_in(client, provider, raw)
        meta = re.search(rb'"meta":(\{.*\}),"record"', response.content)[1].decode()
        expiry = re.search(r'"expiry":"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z)"', meta)[1]
        assert meta == (
            '{"accessToken":"access-token","avatarURL":"https://x.y/p.png","avatarUrl":"https://x.y/p.png",'
            f'"email":"a@x.com","expiry":"{expiry}","id":"1","isNew":true,"name":"Ann \\u003cb\\u003e",'
            '"rawUser":{"a":"\\u003c\\u0026\\u003e","email":"a@x.com","email_verified":true,'
            '"name":"Ann \\u003cb\\u003e","picture":"https://x.y/p.png","preferred_username":"ann","sub":"1",'
            '"z":[1,2.5,1.1805916207174113e+21,{"a":-0,"b":null}]},"refreshToken":"refresh-token",'
            '"username":"ann"}'
        )

    def test_of_somebody_known(self, client, members, provider):
        join("members", ALICE, email="a@x.com")
        _, body = answer(sign_in(client, provider, verified("a@x.com"), path=f"{PATH}?fields=meta.isNew"))
        assert body == {"meta": {"isNew": False}}

    def test_a_deep_description_is_answered(self, client, members, provider):
        deep = "x"
        for _ in range(300):
            deep = [deep]
        response = sign_in(client, provider, verified("a@x.com", deep=deep))
        assert response.status_code == 200
        assert json.loads(response.content)["meta"]["rawUser"]["deep"] == deep


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "status"),
        [
            pytest.param("@request.context = 'oauth2'", 200, id="context"),
            pytest.param("verified = true", 200, id="of_the_new_record"),
            pytest.param("verified = false", 403, id="not_satisfied"),
            pytest.param(None, 403, id="nobody"),
        ],
    )
    def test_auth_rule_comes_after_the_link(self, client, make_members, provider, rule, status):
        make_members(create_rule="", oauth2=oauth2(provider), authRule=rule)
        assert sign_in(client, provider, verified("a@x.com")).status_code == status
        assert len(links()) == 1

    def test_as_a_first_and_as_a_second_factor(self, client, make_members, provider):
        make_members(
            create_rule="", oauth2=oauth2(provider), mfa={"enabled": True, "duration": 600, "rule": ""}
        )
        join("members", ALICE, email="a@x.com", verified=True)
        first = sign_in(client, provider, verified("a@x.com"))
        (session,) = rows_of("_mfas")
        assert (first.status_code, first.json(), session.method) == (401, {"mfaId": session.id}, "oauth2")
        assert links() == {(ALICE, "oidc", "1")}
        same = sign_in(client, provider, verified("a@x.com"), mfaId=session.id)
        assert answer(same) == error(400, "A different authentication method is required.")
        rows_of("_mfas").update(method="password")
        second = sign_in(client, provider, verified("a@x.com"), mfaId=session.id)
        assert (second.status_code, rows_of("_mfas").exists()) == (200, False)

    def test_a_new_account_counts_as_a_create(self, client, members, provider):
        limit = {"label": "members:create", "audience": "", "duration": 60, "maxRequests": 1}
        save(rateLimits={"enabled": True, "rules": [limit]})
        assert sign_in(client, provider, verified("a@x.com", "1")).status_code == 200
        refused = sign_in(client, provider, verified("b@x.com", "2"))
        assert answer(refused) == error(429, "Too Many Requests.")
        assert sign_in(client, provider, verified("a@x.com", "1")).status_code == 200
        assert rows_of("members").count() == 1


class TestHooks:
    @pytest.fixture
    def log(self, connect):
        entries = []

        def note(name, hook, collection):
            def receive(event, **kwargs):
                entries.append(name)
                yield
                entries.append(f"/{name}")

            connect(hook, receive, collection=collection)

        note("oauth2", record_auth_with_oauth2_request, "members")
        note("auth", record_auth_request, "members")
        note("create request", events.record_create_request, "members")
        note("enrich", events.record_enrich, "members")
        for kind in ("create", "update", "delete"):
            for collection in ("members", "_externalAuths"):
                note(f"{kind} {collection}", getattr(events, f"record_{kind}"), collection)
                success = getattr(events, f"record_after_{kind}_success")
                note(f"success {kind} {collection}", success, collection)
        return entries

    def begun(self, log):
        return [entry for entry in log if not entry.startswith("/")]

    @pytest.mark.usefixtures("committing")
    def test_of_a_sign_up_come_in_order(self, client, members, provider, log):
        assert sign_in(client, provider, verified("a@x.com")).status_code == 200
        assert self.begun(log) == [
            "oauth2",
            "create request",
            "create members",
            "enrich",
            "update members",
            "create _externalAuths",
            "success create members",
            "success update members",
            "success create _externalAuths",
            "auth",
            "enrich",
        ]
        assert log[-2:] == ["/auth", "/oauth2"]

    @pytest.mark.usefixtures("committing")
    def test_of_a_takeover_come_in_order(self, client, members, provider, log):
        join("members", ALICE, email="a@x.com", verified=False)
        link(members, ALICE, "7", "google")
        assert sign_in(client, provider, verified("a@x.com")).status_code == 200
        assert self.begun(log) == [
            "oauth2",
            "delete _externalAuths",
            "update members",
            "create _externalAuths",
            "success delete _externalAuths",
            "success update members",
            "success create _externalAuths",
            "auth",
            "enrich",
        ]

    def test_a_malformed_body_fires_none(self, client, members, log):
        post(client, PATH, {"provider": "oidc"})
        assert log == []

    def test_event_says_who_comes(self, client, members, provider, connect):
        seen = []

        def receive(event, **kwargs):
            seen.append(event)

        connect(record_auth_with_oauth2_request, receive, collection="members")
        join("members", ALICE, email="a@x.com")
        sign_in(client, provider, verified("a@x.com"), createData={"x": 1})
        (event,) = seen
        assert (event.collection.name, event.provider_name, event.provider.name) == (
            "members",
            "oidc",
            "oidc",
        )
        assert (event.record.id, event.is_new_record, event.create_data) == (ALICE, False, {"x": 1.0})
        assert (event.oauth2_user.id, event.oauth2_user.email) == ("1", "a@x.com")
        assert event.info.context == "oauth2"

    def test_a_receiver_may_choose_the_record(self, client, members, provider, connect):
        join("members", ALICE, email="alice@x.com")

        def choose(event, **kwargs):
            event.record = stored("members", ALICE)

        connect(record_auth_with_oauth2_request, choose, collection="members")
        _, body = answer(sign_in(client, provider, verified("other@x.com")))
        assert (body["record"]["id"], body["meta"]["isNew"]) == (ALICE, True)
        assert links() == {(ALICE, "oidc", "1")}

    def test_a_receiver_may_refuse(self, client, members, provider, connect):
        def refuse(event, **kwargs):
            raise Forbidden("Not from there.")

        connect(record_auth_with_oauth2_request, refuse, collection="members")
        assert answer(sign_in(client, provider, verified("a@x.com"))) == error(403, "Not from there.")
        assert not rows_of("members").exists()

    def test_a_receiver_may_stop_it(self, client, members, provider, connect):
        def stop(event, **kwargs):
            return
            yield

        connect(record_auth_with_oauth2_request, stop, collection="members")
        response = sign_in(client, provider, verified("a@x.com"))
        assert (response.status_code, response.content, rows_of("members").exists()) == (200, b"", False)

    def test_a_failure_that_no_class_foresaw_is_logged_and_not_told(
        self, client, members, provider, connect, caplog
    ):
        def fail(event, **kwargs):
            raise OSError("disk full")

        connect(events.record_create, fail, collection="_externalAuths")
        assert answer(sign_in(client, provider, verified("a@x.com"))) == error(400, "Failed to authenticate.")
        assert "disk full" in caplog.text
        assert not rows_of("members").exists()


def test_a_schema_that_moved_on_does_not_redeem_the_code_again(client, members, provider, monkeypatch):
    """What fails for it is done again, but the provider takes a code once."""
    tries = []
    find = flow.find_candidate

    def find_in_vain(search):
        tries.append(search)
        if len(tries) == 1:
            SchemaVersion.bump()
            raise NotFound
        return find(search)

    monkeypatch.setattr(flow, "find_candidate", find_in_vain)
    assert sign_in(client, provider, verified("a@x.com")).status_code == 200
    assert (len(tries), len(provider.seen_at("/token"))) == (2, 1)
    forget_catalog()
    assert finding.find_first(members, "email", "a@x.com") is not None


class TestApplesNames:
    """Apple tells a name once, to the redirect, and never to the sign-in that follows."""

    TOLD = '{"name":{"firstName":"Ann","lastName":"Lee"}}'

    @pytest.fixture
    def apple(self, make_members, provider, monkeypatch):
        make_members(
            create_rule="",
            oauth2=oauth2(provider, "apple", name="name"),
            extra_fields=[{"type": "text", "name": "name"}],
        )
        users = iter(range(1, 9))
        monkeypatch.setattr(
            flow, "fetch_user", lambda *args, **kwargs: OAuth2User(str(next(users)), email="a@x.com")
        )

    def name(self, client, code):
        status, body = answer(post(client, PATH, {"provider": "apple", "code": code}))
        assert status == 200
        rows_of("members").all().delete()
        return body["meta"]["name"]

    def test_is_taken_over_once(self, client, apple):
        oauth2_names.keep_name("code", self.TOLD)
        names = [self.name(client, "other"), self.name(client, "code"), self.name(client, "code")]
        assert names == ["", "Ann Lee", ""]

    def test_is_kept_for_a_minute_under_a_hash(self, client, apple, monkeypatch):
        oauth2_names.keep_name("secret code", self.TOLD)
        (kept,) = ToldName.objects.all()
        assert "secret" not in kept.code_hash
        monkeypatch.setattr(oauth2_names.time, "time", lambda: kept.ends_at)
        assert self.name(client, "secret code") == ""
        oauth2_names.keep_name("next", self.TOLD)
        assert ToldName.objects.count() == 1

    def test_their_number_is_bounded(self, db, monkeypatch):
        monkeypatch.setattr(oauth2_names, "_MOST_NAMES", 2)
        for code in ("a", "b", "c"):
            oauth2_names.keep_name(code, self.TOLD)
        assert [oauth2_names.take_name(code) for code in ("a", "b", "c")] == ["Ann Lee", "Ann Lee", ""]

    @pytest.mark.parametrize(
        ("told", "name"),
        [
            pytest.param('{"name":{"firstName":"Ann"}}', "Ann", id="first_only"),
            pytest.param('{"NAME":{"FIRSTNAME":"Ann","lastname":"L"}}', "Ann L", id="any_case"),
            pytest.param('{"name":{"firstName":null,"lastName":"Lee"}}', "Lee", id="null"),
            pytest.param('{"name":{"firstName":"' + "é" * 100 + '"}}', "é" * 75, id="cut"),
            pytest.param('{"name":{"firstName":"a\\u0000b"}}', "ab", id="nul"),
            pytest.param('{"name":{"firstName":5}}', "", id="number"),
            pytest.param('{"name":"Ann"}', "", id="text"),
            pytest.param('{"name":null}', "", id="nobody"),
            pytest.param("[]", "", id="list"),
            pytest.param("{", "", id="malformed"),
            pytest.param('{"name":{"firstName":"Ann"}}' + " " * 70_000, "", id="too_long"),
        ],
    )
    def test_what_apple_tells(self, told, name):
        assert oauth2_names.full_name(told) == name

    def test_a_code_that_is_too_long_keeps_nothing(self, db):
        oauth2_names.keep_name("x" * 1001, self.TOLD)
        assert not ToldName.objects.exists()
