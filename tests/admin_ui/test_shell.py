"""What is around every page: the policy, the theme, the sidebar, jumping, the doors."""

import re

import pytest
from django.core import mail

from admin_ui.page_policy import POLICY
from collections_app.catalog import catalog
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import EMAIL, LOGIN, send_form, sign_in
from tests.admin_ui.posts import FIRST, POSTS, make_posts

pytestmark = pytest.mark.django_db

PAGES = (
    "/_/",
    "/_/jump/",
    "/_/collections/",
    POSTS,
    f"{POSTS}new/",
    f"{POSTS}records/{FIRST}/",
    "/_/password_change/",
    "/_/settings/",
)


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    sign_in(client)
    return client


class TestPolicy:
    def test_nothing_runs_that_stands_in_a_page(self):
        assert "unsafe" not in POLICY
        assert POLICY.startswith("default-src 'none';")

    @pytest.mark.parametrize("path", PAGES)
    def test_of_every_page(self, admin, path):
        response = admin.get(path)
        assert response["Content-Security-Policy"] == POLICY
        assert _inline(response.content.decode()) == []

    @pytest.mark.parametrize("path", [LOGIN, "/_/forgotten-password/", "/_/nothing-here/"])
    def test_of_doors_and_errors(self, client, root, path):
        response = client.get(path, follow=True)
        assert response["Content-Security-Policy"] == POLICY
        assert _inline(response.content.decode()) == []


def _inline(page: str) -> list[str]:
    """What the policy would refuse."""
    return re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page)


class TestTheme:
    def test_the_sheet_has_the_accent_of_the_settings(self, client, root):
        save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "accentColor": "#1b9e77"}})
        address = re.search(r'href="(/_/theme\.css\?v=\w+)"', client.get(LOGIN).content.decode())[1]
        response = client.get(address)
        assert "--accent-seed: #1b9e77;" in response.content.decode()
        assert response["Cache-Control"].startswith("max-age=")
        assert client.get("/_/theme.css")["Cache-Control"] == "no-cache"

    def test_the_browser_takes_the_accent_and_the_name_too(self, client, root):
        meta = {**DEFAULTS["meta"], "accentColor": "#1b9e77", "appName": "<Fernweh>"}
        save_settings({**DEFAULTS, "meta": meta})
        page = client.get(LOGIN).content.decode()
        assert '<meta name="theme-color" content="#1b9e77">' in page
        assert "<title>Sign in · &lt;Fernweh&gt;</title>" in page

    @pytest.mark.parametrize(
        ("chosen", "attribute"),
        [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("auto", ""), ("x", "")],
    )
    def test_is_the_browsers_choice(self, client, root, chosen, attribute):
        send_form(client, "/_/theme-choice/", theme=chosen)
        assert f'<html lang="en" dir="ltr"{attribute}>' in client.get(LOGIN).content.decode()

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:x", "evil"])
    def test_leads_to_no_other_host(self, client, root, back):
        assert send_form(client, "/_/theme-choice/", theme="dark", back=back)["Location"] == "/_/"


class TestSidebar:
    def test_collections_by_kind_and_the_systems_folded(self, admin):
        page = admin.get("/_/").content.decode()
        nav = page[page.index('id="sidebar"') :]
        assert nav.index(">authors<") < nav.index(">posts<") < nav.index(">_superusers<")

    def test_those_with_one_beginning_are_a_group(self, admin, make_collection):
        for name in ("shop_orders", "shop_items", "shop_carts"):
            make_collection(name)
        page = admin.get("/_/").content.decode()
        assert re.search(r"shop<span class=\"count push\">3</span>", page)

    def test_pins(self, admin):
        response = admin.post(f"{POSTS}pin/", {"back": POSTS})
        assert response["Location"] == POSTS
        assert "Pinned" in admin.get("/_/").content.decode()
        admin.post(f"{POSTS}pin/")
        assert "Pinned" not in admin.get("/_/").content.decode()

    @pytest.mark.parametrize("cookie", ["", "-", "x" * 3000, "<b>", "....", "a.b.c"])
    def test_cookies_that_somebody_made_up(self, admin, cookie):
        admin.cookies["pinned"] = cookie
        admin.cookies["columns"] = cookie
        assert admin.get(POSTS).status_code == 200


class TestJumping:
    @pytest.mark.parametrize(
        ("said", "found"),
        [
            pytest.param("pos", POSTS, id="collection"),
            pytest.param("POS", f"{POSTS}new/", id="action"),
            pytest.param(FIRST, f"{POSTS}records/{FIRST}/", id="record"),
            pytest.param("hom", "/_/", id="page"),
            pytest.param("trusted", "/_/settings/trusted-proxy/", id="setting"),
        ],
    )
    def test_finds(self, admin, said, found):
        for headers in ({}, {"x-part": "jump"}):
            page = admin.get("/_/jump/", {"q": said}, headers=headers).content.decode()
            assert f'href="{found}"' in page

    def test_nothing(self, admin):
        assert "Nothing is called that." in admin.get("/_/jump/?q=zzzzzz").content.decode()


class TestForgottenPassword:
    def test_says_the_same_to_everybody(self, client, root):
        pages = [
            send_form(client, "/_/forgotten-password/", email=email).content.decode()
            for email in (EMAIL, "nobody@example.com")
        ]
        told = [re.search(r'role="status">(.*?)</p>', page)[1] for page in pages]
        assert told[0] == told[1]
        assert [message.to for message in mail.outbox] == [[EMAIL]]

    def test_what_is_no_address(self, client, root):
        page = send_form(client, "/_/forgotten-password/", email="nobody").content.decode()
        assert "errorlist" in page


class TestManyCollections:
    @pytest.mark.parametrize(("count", "shape"), [(11, "sidebar-scroll"), (12, "sidebar-scroll compact")])
    def test_rows_stand_closer_from_twelve_on(self, client, root, make_collection, count, shape):
        for at in range(count - sum(not one.system for one in catalog().collections)):
            make_collection(f"c{at}")
        sign_in(client)
        assert f'<div class="{shape}">' in client.get("/_/").content.decode()

    def test_each_is_found_by_its_id_and_type_too(self, client, root, make_collection):
        made = make_collection("posts")
        sign_in(client)
        assert f'data-words="{made.id} base"' in client.get("/_/").content.decode()
