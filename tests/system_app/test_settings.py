"""`/api/settings` on the wire: contract/system.md 2, 4 and 18."""

import json
from copy import deepcopy

import pytest
from django.db import connection
from django.test import Client

from platform_app.runtime_settings.current import current, forget_settings
from platform_app.runtime_settings.row import read_row
from system_app.events import settings_list_request, settings_reload, settings_update_request
from system_app.reloading import follower
from system_app.settings.saving import rename_rate_limit_labels, save_settings
from tests.auth_app.accounts import answer, error
from tests.system_app.settings_row import LOADING_FAILED, SAVING_FAILED, changed, row, save, superuser

pytestmark = pytest.mark.django_db

URL = "/api/settings"
DEFAULT_ANSWER = (
    '{"superuserIPs":[],'
    '"smtp":{"enabled":false,"port":587,"host":"smtp.example.com","username":"","authMethod":"","tls":false,'
    '"localName":""},'
    '"backups":{"cron":"","cronMaxKeep":3,"s3":{"enabled":false,"bucket":"","region":"","endpoint":"",'
    '"accessKey":"","forcePathStyle":false}},'
    '"s3":{"enabled":false,"bucket":"","region":"","endpoint":"","accessKey":"","forcePathStyle":false},'
    '"meta":{"accentColor":"#1055c9","appName":"Acme","appURL":"http://localhost:8090",'
    '"senderName":"Support","senderAddress":"support@example.com","hideControls":false},'
    '"rateLimits":{"rules":[{"label":"*:auth","audience":"","duration":3,"maxRequests":2},'
    '{"label":"*:create","audience":"","duration":5,"maxRequests":20},'
    '{"label":"/api/batch","audience":"","duration":1,"maxRequests":3},'
    '{"label":"/api/","audience":"","duration":10,"maxRequests":300}],"excludedIPs":[],"enabled":false},'
    '"trustedProxy":{"headers":[],"useLeftmostIP":false},'
    '"batch":{"enabled":false,"maxRequests":50,"timeout":3,"maxBodySize":0},'
    '"logs":{"maxDays":5,"minLevel":0,"logIP":true,"logAuthId":false}}\n'
)


@pytest.fixture(autouse=True)
def _defaults(db):
    save()


@pytest.fixture
def root() -> Client:
    return superuser()


def patch(client: Client, body, content_type: str = "application/json"):
    text = body if isinstance(body, str) else json.dumps(body)
    return client.patch(URL, text, content_type=content_type)


def without_secrets(settings):
    settings = deepcopy(settings)
    del settings["smtp"]["password"], settings["s3"]["secret"], settings["backups"]["s3"]["secret"]
    return settings


def test_superusers_read_all_but_the_secrets_in_the_contracts_order(root):
    save(smtp={"password": "p"}, s3={"secret": "s"})
    response = root.get(URL)
    assert (response.status_code, response.content.decode()) == (200, DEFAULT_ANSWER)


@pytest.mark.parametrize("method", ["get", "patch"])
def test_others_neither_read_nor_change_them(method, bob):
    assert answer(getattr(Client(), method)(URL)) == error(
        401, "The request requires valid record authorization token."
    )
    assert answer(getattr(bob, method)(URL)) == error(
        403, "The authorized record is not allowed to perform this action."
    )


class TestMerging:
    @pytest.mark.parametrize(
        ("body", "changes"),
        [
            pytest.param("", {}, id="no body"),
            pytest.param({}, {}, id="nothing"),
            pytest.param({"logs": {"maxDays": 7}}, {"logs": {"maxDays": 7}}, id="one member"),
            pytest.param({"META": {"APPNAME": "Up"}}, {"meta": {"appName": "Up"}}, id="keys in any case"),
            pytest.param({"log\u017f": {"maxDay\u017f": 7}}, {"logs": {"maxDays": 7}}, id="long s is an s"),
            pytest.param({"smtp": None, "meta": {"appName": None}}, {}, id="null keeps"),
            pytest.param(
                {"rateLimits": {"rules": None}, "trustedProxy": {"headers": None}},
                {"rateLimits": {"rules": []}},
                id="null empties a list",
            ),
            pytest.param({"more": {"x": [{}]}, "logs": {"x": 1}}, {}, id="unknown members"),
            pytest.param(
                {"trustedProxy": {"headers": ["A", None]}},
                {"trustedProxy": {"headers": ["A", ""]}},
                id="a list replaces",
            ),
            pytest.param(
                {"rateLimits": {"rules": [{"label": "x"}, None]}},
                {
                    "rateLimits": {
                        "rules": [
                            {"label": "x", "audience": "", "duration": 3, "maxRequests": 2},
                            {"label": "*:create", "audience": "", "duration": 5, "maxRequests": 20},
                        ]
                    }
                },
                id="an element starts from the old one at its place",
            ),
            pytest.param('{"logs":{"maxDays":6}} and more', {"logs": {"maxDays": 6}}, id="trailing text"),
            pytest.param(r'{"meta":{"appName":"\ud800<"}}', {"meta": {"appName": "\ufffd<"}}, id="surrogate"),
        ],
    )
    def test_json(self, root, body, changes):
        expected = changed(**changes)
        response = patch(root, body)
        assert answer(response) == (200, without_secrets(expected))
        assert current().data == expected
        assert read_row(row()) == without_empty_s3_secrets(expected)

    @pytest.mark.parametrize(
        ("body", "changes"),
        [
            pytest.param(
                "meta.appName=x&logs.maxDays=0x7&logs.logIP=f",
                {"meta": {"appName": "x"}, "logs": {"maxDays": 7, "logIP": False}},
                id="dotted names",
            ),
            pytest.param(
                "trustedProxy.headers=a&trustedProxy.headers=b&rateLimits.rules=x",
                {"trustedProxy": {"headers": ["a", "b"]}},
                id="lists of texts only",
            ),
            pytest.param(
                "logs.maxDays=7&@jsonPayload=%7B%22logs%22%3A%7B%22minLevel%22%3A4%7D%7D",
                {"logs": {"maxDays": 7, "minLevel": 4}},
                id="JSON beside the form",
            ),
        ],
    )
    def test_forms(self, root, body, changes):
        response = patch(root, body, "application/x-www-form-urlencoded")
        assert answer(response) == (200, without_secrets(changed(**changes)))

    def test_a_form_reaches_both_s3_groups_under_one_name(self, root):
        patch(root, "s3.bucket=b&backups.s3.region=r", "application/x-www-form-urlencoded")
        s3 = [current().data["s3"], current().data["backups"]["s3"]]
        assert [(group["bucket"], group["region"]) for group in s3] == [("b", ""), ("b", "")]

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            pytest.param("{", "application/json", id="malformed"),
            pytest.param("[]", "application/json", id="list"),
            pytest.param("null", "application/json", id="null"),
            pytest.param('{"smtp":[]}', "application/json", id="list for a group"),
            pytest.param('{"smtp":{"port":5.0}}', "application/json", id="float"),
            pytest.param('{"smtp":{"port":1e2}}', "application/json", id="exponent"),
            pytest.param('{"smtp":{"port":9223372036854775808}}', "application/json", id="too large"),
            pytest.param('{"smtp":{"port":"5"}}', "application/json", id="text for a number"),
            pytest.param('{"smtp":{"enabled":1}}', "application/json", id="number for a bool"),
            pytest.param('{"meta":{"appName":1}}', "application/json", id="number for a text"),
            pytest.param('{"rateLimits":{"rules":{}}}', "application/json", id="object for a list"),
            pytest.param('{"trustedProxy":{"headers":[1]}}', "application/json", id="number in texts"),
            pytest.param("logs.logIP=maybe", "application/x-www-form-urlencoded", id="form bool"),
            pytest.param("smtp.port=x", "application/x-www-form-urlencoded", id="form number"),
            pytest.param("{}", "text/plain", id="unsupported type"),
        ],
    )
    def test_unreadable(self, root, body, content_type):
        assert answer(patch(root, body, content_type)) == error(400, LOADING_FAILED)
        assert current().data == changed()


def without_empty_s3_secrets(settings):
    settings = deepcopy(settings)
    for group in (settings["s3"], settings["backups"]["s3"]):
        if not group["secret"]:
            del group["secret"]
    return settings


class TestSecrets:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            pytest.param({}, "old", id="absent keeps"),
            pytest.param({"password": None, "secret": None}, "old", id="null keeps"),
            pytest.param({"password": "", "secret": ""}, "", id="empty clears"),
            pytest.param({"password": "******", "secret": "******"}, "******", id="anything else is stored"),
        ],
    )
    def test_kept_or_replaced(self, root, sent, kept):
        save(smtp={"password": "old"}, s3={"secret": "old"})
        password = {key: value for key, value in sent.items() if key == "password"}
        secret = {key: value for key, value in sent.items() if key == "secret"}
        response = patch(root, {"smtp": password, "s3": secret})
        assert answer(response) == (200, json.loads(DEFAULT_ANSWER))
        assert current().data == changed(smtp={"password": kept}, s3={"secret": kept})


class TestStorage:
    def test_the_row_is_what_pocketbase_writes(self):
        save(s3={"secret": "s"})
        text = DEFAULT_ANSWER.rstrip("\n")
        text = text.replace('"username":"",', '"username":"","password":"",')
        at = text.index('"s3":{', text.index('"accessKey"'))
        text = text[:at] + text[at:].replace('"accessKey":"",', '"accessKey":"","secret":"s",', 1)
        assert row() == (text.encode() if connection.vendor == "sqlite" else text)

    def test_with_a_key_it_is_encrypted(self, root, settings):
        settings.JOEY_SETTINGS_ENCRYPTION_KEY = "k" * 32
        patch(root, {"meta": {"appName": "Sealed"}})
        stored = row()
        assert isinstance(stored, str)
        assert "Sealed" not in stored
        forget_settings()
        assert current().data == changed(meta={"appName": "Sealed"})

    def test_a_key_of_another_length_saves_nothing(self, root, settings):
        settings.JOEY_SETTINGS_ENCRYPTION_KEY = "short"
        assert answer(patch(root, {"meta": {"appName": "x"}})) == error(400, SAVING_FAILED)
        assert current().data == changed()

    def test_a_change_by_another_process_is_built_upon(self, root):
        current()
        with connection.cursor() as cursor:
            text = json.dumps(changed(logs={"maxDays": 9}))
            cursor.execute("UPDATE _params SET value = %s WHERE id = 'settings'", [text])
        patch(root, {"logs": {"minLevel": 4}})
        assert current().data == changed(logs={"maxDays": 9, "minLevel": 4})

    def test_a_change_by_another_process_is_shown_at_once(self, root):
        current()
        elsewhere = changed(logs={"maxDays": 9})
        with connection.cursor() as cursor:
            text = json.dumps(elsewhere)
            cursor.execute("UPDATE _params SET value = %s WHERE id = 'settings'", [text])
        assert answer(root.get(URL)) == (200, without_secrets(elsewhere))
        assert current().data == changed()

    def test_labels_follow_a_renamed_collection(self):
        rules = [
            {"label": label, "audience": "", "duration": 1, "maxRequests": 1}
            for label in ("posts:list", "postsx:list", "*:list", "/posts")
        ]
        save(rateLimits={"rules": rules})
        rename_rate_limit_labels("posts", "notes")
        labels = [rule.label for rule in current().rate_limits.rules]
        assert labels == ["notes:list", "postsx:list", "*:list", "/posts"]


@pytest.fixture
def connect():
    connected = []

    def add(hook, receiver):
        hook.connect(receiver)
        connected.append((hook, receiver))

    yield add
    for hook, receiver in connected:
        hook.disconnect(receiver)


class TestHooks:
    def test_a_receiver_changes_what_is_saved_and_hears_of_the_reload(self, root, connect):
        heard = []

        def rename(event, **kwargs):
            heard.append((event.old_settings["meta"]["appName"], event.new_settings["meta"]["appName"]))
            event.new_settings["meta"]["appName"] = "Hooked"
            yield
            heard.append("saved")

        def reloaded(event, **kwargs):
            heard.append(event.settings.meta.app_name)

        connect(settings_update_request, rename)
        connect(settings_reload, reloaded)
        response = patch(root, {"meta": {"appName": "Sent"}})
        assert answer(response) == (200, without_secrets(changed(meta={"appName": "Hooked"})))
        assert heard == [("Acme", "Sent"), "Hooked", "saved"]

    def test_what_another_process_saved_is_announced_once(self, root, connect):
        heard = []

        def reloaded(event, **kwargs):
            heard.append(event.settings.meta.app_name)

        connect(settings_reload, reloaded)
        patch(root, {"meta": {"appName": "Here"}})
        follower.look()
        assert heard == ["Here"]
        with connection.cursor() as cursor:
            text = json.dumps(changed(meta={"appName": "Elsewhere"}))
            cursor.execute("UPDATE _params SET value = %s WHERE id = 'settings'", [text])
        forget_settings()
        for _ in range(2):
            follower.look()
        assert heard == ["Here", "Elsewhere"]

    def test_refused_settings_are_not_announced(self, root, connect):
        heard = []

        def reloaded(event, **kwargs):
            heard.append(event)

        connect(settings_reload, reloaded)
        assert patch(root, {"meta": {"appName": ""}}).status_code == 400
        assert heard == []

    def test_a_receiver_changes_what_is_shown_but_not_what_is_used(self, root, connect):
        def hide(event, **kwargs):
            event.settings["meta"]["appName"] = "Shown"

        connect(settings_list_request, hide)
        assert answer(root.get(URL)) == (200, without_secrets(changed(meta={"appName": "Shown"})))
        assert current().meta.app_name == "Acme"


def test_unknown_members_of_the_stored_row_are_not_shown(root):
    with connection.cursor() as cursor:
        text = json.dumps({**changed(), "more": 1, "logs": {"maxDays": 5, "x": 1}})
        cursor.execute("UPDATE _params SET value = %s WHERE id = 'settings'", [text])
    forget_settings()
    assert root.get(URL).content.decode() == DEFAULT_ANSWER


def test_saving_makes_a_missing_row():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM _params")
    save_settings(changed(logs={"maxDays": 8}))
    assert current().data == changed(logs={"maxDays": 8})
