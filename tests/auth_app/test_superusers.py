"""Superusers: the command, the account, the address list (contract/auth.md 15, system.md 13)."""

import re

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from auth_app import superusers
from auth_app.models import Superuser
from auth_app.superusers import SuperuserError
from auth_app.tokens import find_record_by_token, issue_auth_token
from collections_app import events
from collections_app.records.writing.auth_records import INSTALLER_EMAIL
from platform_app.runtime_settings import current
from platform_app.wire.errors import DEFAULT_MESSAGES, BadRequest, FieldError
from tests.auth_app.accounts import (
    PASSWORD,
    answer,
    change_superuser_options,
    error,
    join,
    plant,
    post,
    rows_of,
    stored,
)

pytestmark = pytest.mark.django_db

EMAIL = "root@example.com"


def run(*arguments):
    call_command("superuser", *arguments)


@pytest.fixture
def root():
    superusers.create_superuser(EMAIL, PASSWORD)
    return Superuser.objects.get(email=EMAIL)


def allow(monkeypatch, *ips):
    settings = current.RuntimeSettings.from_json({"superuserIPs": list(ips)})
    monkeypatch.setattr("auth_app.authentication.current", lambda: settings)


def sign_in(client):
    return post(client, "_superusers/auth-with-password", {"identity": EMAIL, "password": PASSWORD})


class TestCommand:
    @pytest.fixture(autouse=True)
    def _prepared(self, monkeypatch):
        # The run's own data directory is ready, and migrations have no place in a test's transaction.
        monkeypatch.setattr("system_app.management.commands.superuser.begin_command", lambda: None)

    def test_create(self, client, capsys):
        run("create", EMAIL, PASSWORD)
        superuser = Superuser.objects.get(email=EMAIL)
        assert capsys.readouterr().out == f"Saved superuser {EMAIL}.\n"
        assert re.fullmatch(r"[a-z0-9]{15}", superuser.id)
        assert re.fullmatch(r"\w{50}", superuser.tokenKey, re.ASCII)
        assert re.fullmatch(r"\$2a\$10\$.{53}", superuser.password)
        for moment in (superuser.created, superuser.updated):
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z", moment)
        # Each autodate field reads the clock for itself (contract/fields.md 9), so they need not be equal.
        assert superuser.created <= superuser.updated
        assert superuser.verified is True
        assert sign_in(client).status_code == 200

    def test_create_removes_the_installers_account(self):
        superusers.create_superuser(INSTALLER_EMAIL, PASSWORD)
        run("create", EMAIL, PASSWORD)
        assert not Superuser.objects.filter(email=INSTALLER_EMAIL).exists()

    def test_update_ends_everything_of_the_old_password(self, root):
        token = issue_auth_token(stored("_superusers", root.id))
        collection = stored("_superusers", root.id).collection
        for name in ("_mfas", "_otps", "_authOrigins"):
            plant(name, collectionRef=collection.id, recordRef=root.id)
        run("update", EMAIL, "another password")
        assert find_record_by_token(token, ("auth",)) is None
        changed = Superuser.objects.get(email=EMAIL)
        assert [changed.check_password(text) for text in (PASSWORD, "another password")] == [False, True]
        for name in ("_mfas", "_otps", "_authOrigins"):
            assert not rows_of(name).filter(recordRef=root.id).exists()

    def test_upsert_creates_and_then_changes(self):
        run("upsert", EMAIL, PASSWORD)
        made = Superuser.objects.get(email=EMAIL)
        run("upsert", EMAIL, "another password")
        changed = Superuser.objects.get(email=EMAIL)
        assert (changed.id, changed.created) == (made.id, made.created)
        assert changed.password != made.password

    def test_delete(self, root, capsys):
        superusers.create_superuser("second@example.com", PASSWORD)
        run("delete", EMAIL)
        assert not Superuser.objects.filter(email=EMAIL).exists()
        run("delete", EMAIL)
        assert capsys.readouterr().out == (
            f"Deleted superuser {EMAIL}.\nThere is no superuser {EMAIL}; nothing to delete.\n"
        )

    def test_they_are_listed_the_oldest_first(self, root, capsys):
        Superuser.objects.exclude(pk=root.pk).delete()
        join("_superusers", "first0000000001", email="zoe@example.com", created="2020-01-02 00:00:00.000Z")
        join("_superusers", "makeshift000001", email=INSTALLER_EMAIL)
        run("list")
        day = root.created[:10]
        assert capsys.readouterr().out == f"2020-01-02  zoe@example.com\n{day}  {EMAIL}\n"

    @pytest.mark.parametrize("is_asked_for", [True, False], ids=["changed", "as_it_is"])
    def test_one_factor(self, root, client, capsys, is_asked_for):
        if is_asked_for:
            change_superuser_options(otp={"enabled": True})  # which brings the second factor with it
            assert sign_in(client).status_code == 401
        run("one-factor")
        done = (
            "A password alone signs superusers in now."
            if is_asked_for
            else "It does already; nothing to change."
        )
        assert (capsys.readouterr().out, sign_in(client).status_code) == (f"{done}\n", 200)

    def test_a_code_for_who_gets_no_mail(self, root, client, capsys):
        change_superuser_options(otp={"enabled": True})
        run("otp", EMAIL)
        out = capsys.readouterr().out
        found = re.fullmatch(
            rf"Made a one-time code for superuser {EMAIL}:\n  Id:    (\w+)\n  Code:  (\d+)\n  Valid: \d+ s\n",
            out,
        )
        assert found is not None
        mfa_id = sign_in(client).json()["mfaId"]
        body = {"otpId": found[1], "password": found[2], "mfaId": mfa_id}
        assert post(client, "_superusers/auth-with-otp", body).status_code == 200

    @pytest.mark.parametrize(
        ("email", "said"),
        [
            (EMAIL, "one-time codes are not enabled for superusers"),
            ("nobody@example.com", "there is no superuser"),
            ("x", "is not an email address"),
        ],
        ids=["not_enabled", "unknown", "no_address"],
    )
    def test_no_code(self, root, email, said):
        with pytest.raises(CommandError, match=said):
            run("otp", email)
        assert not rows_of("_otps").exists()

    def test_addresses_are_set_and_cleared(self, root, client, capsys):
        run("ips", "10.0.0.0/24", "127.0.0.2")
        assert sign_in(client).status_code == 403
        run("ips")
        assert sign_in(client).status_code == 200
        assert capsys.readouterr().out == (
            "Superusers may act from 10.0.0.0/24, 127.0.0.2 only now.\n"
            "Superusers may act from every address now.\n"
        )

    def test_what_is_no_address_changes_nothing(self, root, client):
        with pytest.raises(CommandError, match="localhost: expected addresses such as"):
            run("ips", "localhost")
        assert sign_in(client).status_code == 200

    def test_the_last_one_stays(self, root):
        Superuser.objects.exclude(pk=root.pk).delete()
        with pytest.raises(CommandError, match="can't delete the only existing superuser"):
            run("delete", EMAIL)
        assert Superuser.objects.filter(pk=root.pk).exists()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            pytest.param(("create", EMAIL, PASSWORD), "`superuser update` changes", id="taken"),
            pytest.param(
                ("create", "root", PASSWORD), "email: Must be a valid email address.", id="no_email"
            ),
            pytest.param(
                ("create", "a@example.com", "1234567"),
                "password: Must be at least 8 character(s).",
                id="short",
            ),
            pytest.param(
                ("create", "a@example.com", "x" * 72),
                "password: Must be less than 71 character(s).",
                id="long",
            ),
            pytest.param(("create", "a@example.com", "ä" * 40), "password: Invalid value.", id="many_bytes"),
            pytest.param(("create", "a@example.com", ""), "password: Cannot be blank.", id="empty"),
            pytest.param(
                ("create", "root", "x"),
                "password: Must be at least 8 character(s). email: Must be a valid email address.",
                id="both",
            ),
            pytest.param(("update", "root", PASSWORD), "is not an email address", id="update_no_email"),
            pytest.param(
                ("update", EMAIL, "x"), "password: Must be at least 8 character(s).", id="update_short"
            ),
            pytest.param(("update", "a@example.com", PASSWORD), "there is no superuser", id="unknown"),
            pytest.param(("create", "a@example.com"), "The password is missing", id="nobody_to_ask"),
            pytest.param(("delete", "root"), "is not an email address", id="delete_no_email"),
        ],
    )
    def test_refused(self, root, arguments, message):
        with pytest.raises(CommandError, match=re.escape(message)):
            run(*arguments)
        assert not Superuser.objects.filter(email="a@example.com").exists()

    def test_hooks_see_it_and_may_refuse(self, root, connect):
        log = []
        refusal = BadRequest(
            "No.", {"email": FieldError("x", "Not you."), "a": {"b": FieldError("y", "Nor b.")}}
        )

        def note(event, **kwargs):
            log.append((event.type, event.record["email"]))
            if event.record["email"] == "a@example.com":
                raise refusal

        for hook in (events.record_create, events.record_update, events.record_delete):
            connect(hook, note, collection="_superusers")
        run("create", "second@example.com", PASSWORD)
        run("update", EMAIL, "another password")
        run("delete", EMAIL)
        with pytest.raises(CommandError, match=re.escape("No. email: Not you. a.b: Nor b.")):
            run("create", "a@example.com", PASSWORD)
        assert log == [
            ("create", "second@example.com"),
            ("update", EMAIL),
            ("delete", EMAIL),
            ("create", "a@example.com"),
        ]

    @pytest.mark.parametrize(
        ("typed", "is_saved"),
        [((PASSWORD, PASSWORD), True), ((PASSWORD, "other"), False)],
        ids=["same", "differ"],
    )
    def test_password_is_asked_for_on_a_terminal(self, monkeypatch, typed, is_saved):
        answers = iter(typed)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
        if is_saved:
            run("create", EMAIL)
        else:
            with pytest.raises(CommandError, match="differ"):
                run("create", EMAIL)
        assert Superuser.objects.filter(email=EMAIL).exists() is is_saved


class TestDashboard:
    def test_may_do_everything(self, root):
        assert (root.is_staff, root.is_superuser, root.is_active, root.is_authenticated) == (True,) * 4
        assert root.has_perm("anything.at_all")
        assert root.has_module_perms("anything")

    def test_nobody_is_signed_in_around_the_form(self, root):
        assert authenticate(username=EMAIL, password=PASSWORD) is None


class TestAddressList:
    FORBIDDEN = error(403, DEFAULT_MESSAGES[403])

    def test_token_from_elsewhere_is_refused_on_every_route(self, client, monkeypatch):
        root = join("_superusers", "root00000000001", email=EMAIL)
        allow(monkeypatch, "10.0.0.1")
        headers = {"authorization": issue_auth_token(root)}
        assert answer(client.get("/api/collections/users/auth-methods", headers=headers)) == self.FORBIDDEN

    def test_token_from_a_listed_address(self, client, monkeypatch):
        root = join("_superusers", "root00000000001", email=EMAIL)
        allow(monkeypatch, "10.0.0.1", "127.0.0.1")
        headers = {"authorization": issue_auth_token(root)}
        assert client.get("/api/collections/users/auth-methods", headers=headers).status_code == 200

    def test_sign_in_from_elsewhere_is_refused(self, client, root, monkeypatch):
        allow(monkeypatch, "10.0.0.1")
        assert answer(sign_in(client)) == self.FORBIDDEN

    def test_others_may_come_from_anywhere(self, client, make_members, monkeypatch):
        make_members()
        alice = join("members", "alice0000000001", email="alice@example.com")
        allow(monkeypatch, "10.0.0.1")
        assert post(client, "members/auth-refresh", as_record=alice).status_code == 200


def test_errors_are_values():
    with pytest.raises(SuperuserError):
        superusers.delete_superuser("no email")
