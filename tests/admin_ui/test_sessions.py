"""What opens a session of the dashboard, keeps it open, and ends it: what ends the account's tokens."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from auth_app import superusers
from auth_app.tokens import find_record_by_token, issue_auth_token
from collections_app.events import record_update
from collections_app.records.writing.saving import save_record
from platform_app.wire.errors import Forbidden
from tests.admin_ui.dashboard import EMAIL, LOGIN, is_in, send_form, sessions, sign_in
from tests.auth_app.accounts import PASSWORD, change_superuser_options, join, stored
from tests.system_app.settings_row import save, superuser

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, root):
    """A browser that has signed in."""
    assert sign_in(client).status_code == 302
    return client


def patch(path, **body):
    answer = superuser().patch(f"/api/collections/{path}", body, content_type="application/json")
    assert answer.status_code == 200


def by_command(root):
    superusers.change_password(EMAIL, "another password")


def by_the_api(root):
    patch(f"_superusers/records/{root.id}", password="another password", passwordConfirm="another password")


def with_a_new_email(root):
    patch(f"_superusers/records/{root.id}", email="new@example.com")


def with_a_new_key(root):
    record = stored("_superusers", root.id)
    record.refresh_token_key()
    save_record(record)


def with_a_new_secret(root):
    patch("_superusers", authToken={"secret": "n" * 50})


def with_the_account(root):
    superuser()  # somebody has to stay
    superusers.delete_superuser(EMAIL)


ENDS = [
    by_command,
    by_the_api,
    with_a_new_email,
    with_a_new_key,
    with_a_new_secret,
    with_the_account,
]


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_when_the_accounts_tokens_end(admin, root, end):
    token = issue_auth_token(stored("_superusers", root.id))
    assert (is_in(admin), find_record_by_token(token, ("auth",)) is not None) == (True, True)
    end(root)
    assert (is_in(admin), find_record_by_token(token, ("auth",)) is not None) == (False, False)


def test_others_go_on(admin, root):
    join("_superusers", "other0000000001", email="other@example.com")
    superusers.change_password("other@example.com", "another password")
    patch("_superusers/records/other0000000001", verified=True)
    change_superuser_options(otp={"enabled": True})  # which counts at the next sign-in, as for tokens
    assert is_in(admin)


def test_it_counts_only_from_listed_addresses(admin):
    save(superuserIPs=["10.0.0.1"])
    refused = admin.get("/_/password_change/")
    assert (refused.status_code, is_in(admin)) == (403, False)
    style = admin.get("/_/static/admin/css/base.css")
    assert (style.status_code, style.content[:9]) == (200, b"/*\n    DJ")
    save(superuserIPs=["10.0.0.1", "127.0.0.1"])
    assert is_in(admin)


def test_it_lasts_as_long_as_a_token_whatever_is_done_meanwhile(client, root):
    change_superuser_options(authToken={"duration": 1000})
    began = datetime.now(UTC)
    sign_in(client)
    ended = datetime.now(UTC)
    is_in(client)
    session = Session.objects.get()
    assert began + timedelta(seconds=999) <= session.expire_date <= ended + timedelta(seconds=1000)
    store = client.session
    store["seen"] = True
    store.save()
    assert abs(Session.objects.get().expire_date - session.expire_date) < timedelta(seconds=1)
    Session.objects.update(expire_date=began)
    assert not is_in(client)


def test_its_key_is_new_at_every_sign_in(client, root):
    client.cookies["sessionid"] = "known0to0somebody0else0000000000"
    keys = ["known0to0somebody0else0000000000"]
    for _ in range(2):
        assert sign_in(client).status_code == 302
        keys.append(client.cookies["sessionid"].value)
    assert len(set(keys)) == 3
    assert list(Session.objects.values_list("session_key", flat=True)) == keys[2:]


def test_guests_leave_no_rows(client, root):
    client.cookies["sessionid"] = "x" * 32
    for path in ("/_/", LOGIN, "/_/password_change/", "/_/nope/", "/_/jsi18n/", "/_/r/1/1/"):
        assert client.get(path).status_code in {200, 302}
    sign_in(client, EMAIL, "wrong")
    assert sessions() == 0


def test_sessions_that_are_over_are_removed_at_the_next_sign_in(client, root):
    for key in ("a", "b"):
        Session.objects.create(session_key=key * 32, session_data="", expire_date="2020-01-01T00:00:00Z")
    sign_in(client)
    assert sessions() == 1


def test_signing_out_ends_it(admin):
    key = admin.cookies["sessionid"].value
    assert send_form(admin, "/_/logout/").status_code == 200
    admin.cookies["sessionid"] = key
    assert (is_in(admin), sessions()) == (False, 0)


def test_cookies_are_for_the_dashboard_alone(client, root):
    response = sign_in(client)
    assert {
        name: (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"])
        for name, cookie in response.cookies.items()
    } == dict.fromkeys(("sessionid", "csrftoken"), ("/_/", True, "Lax", ""))


def test_a_session_opens_nothing_of_the_api(admin):
    admin.cookies["sessionid"]["path"] = "/"
    assert admin.get("/api/settings").status_code == 401


class TestNewPassword:
    PATH = "/_/password_change/"
    NEW = "another password"

    def change(self, admin, old=PASSWORD, new=NEW, again=None):
        return send_form(
            admin,
            self.PATH,
            old_password=old,
            new_password1=new,
            new_password2=new if again is None else again,
        )

    def test_it_ends_everything_but_this_session(self, admin, root):
        elsewhere = Client()
        sign_in(elsewhere)
        token = issue_auth_token(stored("_superusers", root.id))
        key, end = admin.cookies["sessionid"].value, admin.session.get_expiry_date()
        assert self.change(admin)["location"] == "/_/password_change/done/"
        assert (is_in(admin), is_in(elsewhere)) == (True, False)
        assert find_record_by_token(token, ("auth",)) is None
        assert admin.cookies["sessionid"].value != key
        assert abs(admin.session.get_expiry_date() - end) < timedelta(seconds=1)
        assert stored("_superusers", root.id)["tokenKey"] != root.tokenKey
        assert sign_in(Client(), EMAIL, self.NEW).status_code == 302

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            pytest.param({"old": "wrong"}, "old password was entered incorrectly", id="old"),
            pytest.param({"again": "other"}, "two password fields", id="differ"),
            pytest.param({"new": "short"}, "Must be at least 8 character(s).", id="short"),
            pytest.param({"new": "x" * 72}, "Must be less than 71 character(s).", id="long"),
            pytest.param({"new": "ä" * 40}, "password: Invalid value.", id="many_bytes"),
        ],
    )
    def test_what_the_records_checks_refuse_is_told(self, admin, root, values, expected):
        response = self.change(admin, **values)
        assert response.status_code == 200
        assert expected in response.content.decode()
        assert stored("_superusers", root.id)["tokenKey"] == root.tokenKey

    def test_hooks_see_it_and_may_refuse(self, admin, root, connect):
        def refuse(event, **kwargs):
            raise Forbidden(f"Not {event.record['email']}.")

        connect(record_update, refuse, collection="_superusers")
        assert f"Not {EMAIL}." in self.change(admin).content.decode()
        assert stored("_superusers", root.id)["tokenKey"] == root.tokenKey

    def test_guests_are_sent_to_the_form(self, client, root):
        assert self.change(client)["location"] == f"{LOGIN}?next={self.PATH}"


class TestList:
    PATH = "/_/settings/sessions/"

    def test_has_every_browser_that_is_signed_in(self, client, root):
        other = Client()
        sign_in(other, **{"user-agent": "Mozilla/5.0 (X11; Linux) Gecko Firefox/140.0<b>"})
        sign_in(client)
        page = client.get(self.PATH).content.decode()
        assert page.count('name="session"') == 1  # its own is ended by signing out
        assert "Firefox, Linux" in page
        shown = page[page.index("session-list") :].split("</ul>")[0]
        assert "<b>" not in shown
        assert shown.count(f"<span>{EMAIL}") == 2

    def test_ends_one(self, client, root):
        other = Client()
        sign_in(other)
        sign_in(client)
        handle = re.search(r'name="session" value="(\w+)"', client.get(self.PATH).content.decode())[1]
        assert client.post(self.PATH, {"session": handle}).status_code == 302
        assert (is_in(other), is_in(client)) == (False, True)
        client.post(self.PATH, {"session": handle})
        assert "It had ended already." in client.get(self.PATH).content.decode()

    def test_ends_all_others(self, client, root):
        others = [Client() for _ in range(3)]
        for one in (*others, client):
            sign_in(one)
        client.post(self.PATH, {"others": "1"})
        assert [is_in(one) for one in others] == [False] * 3
        assert is_in(client)
        assert sessions() == 1

    def test_knows_those_no_more_that_ended_otherwise(self, client, root):
        sign_in(client)
        superusers.create_superuser("other@example.com", PASSWORD)
        sign_in(Client(), "other@example.com")
        superusers.change_password("other@example.com", "another password")
        assert "other@example.com" not in client.get(self.PATH).content.decode()

    def test_asks_a_bounded_number_of_queries(self, client, root, django_assert_max_num_queries):
        for _ in range(20):
            sign_in(Client())
        sign_in(client)
        client.get(self.PATH)
        with django_assert_max_num_queries(10):
            assert client.get(self.PATH).content.decode().count('name="session"') == 20
