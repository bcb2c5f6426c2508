"""Links from mails, which are fragments, lead to their pages wherever the dashboard answers."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import SUPERUSER, SUPERUSER_PASSWORD, OpenTab, change_settings, start_new
from tests.browser.front import front_before
from tests.browser.links import INSTALL, LINKS, SIGNATURE, VERIFICATION, Link
from tests.served import Server

# Sheets and scripts of the form that a guest passes by: asked for by absolute addresses, as all pages inside.
DASHBOARDS_OWN = ("/_/static/", "/_/theme.css")
of_each = pytest.mark.parametrize("link", LINKS, ids=[link.page for link in LINKS])


def arrives(tab: Tab, link: Link) -> None:
    tab.page.wait_for_url(tab.base + link.own_address)
    assert tab.heading() == link.heading


def sign_in(tab: Tab) -> None:
    tab.open("/_/login/")
    tab.page.fill("#id_username", SUPERUSER)
    tab.page.fill("#id_password", SUPERUSER_PASSWORD)
    tab.page.click("[type=submit]")
    tab.page.wait_for_url(f"{tab.base}/_/")


@of_each
def test_as_a_guest(tab: Tab, link: Link) -> None:
    tab.open(link.address)
    arrives(tab, link)


@pytest.mark.parametrize("link", [VERIFICATION, INSTALL], ids=["verification", "install"])
def test_signed_in(tab: Tab, link: Link) -> None:
    sign_in(tab)
    tab.open("/api/health")
    tab.open(link.address)
    arrives(tab, link)


@pytest.mark.parametrize("address", ["/_/login/?next=/_/", "/_/", "/_/nope/deeper/still"])
def test_into_a_tab_that_is_there_already(tab: Tab, address: str) -> None:
    tab.may_fail = ("/_/nope/*",)
    if address != "/_/login/?next=/_/":
        sign_in(tab)
    tab.open(address)
    tab.open(f"{address}{VERIFICATION.address.removeprefix('/_/')}")
    arrives(tab, VERIFICATION)


def test_into_a_tab_with_another_link(tab: Tab) -> None:
    tab.open("/_/confirm-verification/#cut.off")
    assert tab.heading() == "This link is not complete"
    tab.open(VERIFICATION.own_address)
    tab.page.wait_for_function("document.querySelector('[data-state=open]:not([hidden])')")
    arrives(tab, VERIFICATION)


def test_back_leads_to_where_one_came_from(tab: Tab) -> None:
    tab.open("/api/health")
    tab.open(VERIFICATION.address)
    arrives(tab, VERIFICATION)
    tab.page.go_back()
    assert tab.page.url == f"{tab.base}/api/health"


@pytest.mark.parametrize(
    "fragment",
    [
        "#/auth/confirm-nothing/TOKEN",
        "#/auth/../../api/health",
        "#/auth/confirm-verification.evil.example/TOKEN",
        "#//evil.example/auth/confirm-verification/TOKEN",
        "#/collections",
        "#content-start",
    ],
)
def test_other_fragments_stay(tab: Tab, fragment: str) -> None:
    tab.open(f"/_/login/{fragment}")
    assert tab.page.url == f"{tab.base}/_/login/{fragment}"
    assert tab.page.locator("#id_username").is_visible()


@pytest.mark.parametrize(
    ("end", "heading"),
    [("success", "Auth completed."), ("failure", "Auth failed.")],
)
class TestTheEndOfASignInWithAProvider:
    def test_in_a_tab_of_its_own_it_says_so(self, tab: Tab, end: str, heading: str) -> None:
        tab.open(f"/_/#/auth/oauth2-redirect-{end}")
        tab.page.wait_for_url(f"{tab.base}/_/oauth2-redirect-{end}/*")
        assert tab.heading() == heading
        assert "You can close this window and go back to the app" in tab.page.inner_text("main")

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_a_popup_closes(self, tab: Tab, end: str, heading: str, host: str) -> None:
        tab.open("/api/health")
        address = f"{tab.base.replace('127.0.0.1', host)}/_/#/auth/oauth2-redirect-{end}"
        with tab.page.expect_popup() as opened:
            tab.page.evaluate("address => { open(address) }", address)
        if not opened.value.is_closed():
            opened.value.wait_for_event("close")


def test_a_sign_in_that_nobody_waits_for_ends_there(tab: Tab) -> None:
    tab.open("/api/oauth2-redirect?state=nobodys&code=abc")
    tab.page.wait_for_url(f"{tab.base}/_/oauth2-redirect-failure/*")
    assert tab.heading() == "Auth failed."


def test_from_addresses_where_superusers_may_not_act(chromium: Browser, tmp_path: Path) -> None:
    server = start_new(tmp_path)
    try:
        change_settings(server, superuserIPs=["203.0.113.0/24"])
        for link in LINKS:
            with tab_in(chromium, server.url) as tab:
                tab.may_fail = ("/_/",)
                tab.open(link.address)
                arrives(tab, link)
        assert server.request("GET", "/_/login/").status == 403
    finally:
        server.stop()


@of_each
def test_behind_a_path_that_a_proxy_takes_away(server: Server, new_tab: OpenTab, link: Link) -> None:
    with front_before(server.port, "/shop") as front:
        tab = new_tab(front.url)
        tab.may_fail = tuple(f"{path}*" for path in DASHBOARDS_OWN)
        tab.open(link.address)
        arrives(tab, link)
        for name, value in link.filled.items():
            tab.page.fill(f"#{name}", value)
        with tab.page.expect_response(f"{front.url}/api/**") as answered:
            tab.page.click("button.primary")
        assert answered.value.request.method == "POST"
        asked = [head.partition("\n")[0] for head in front.heads]
        is_known = [" /shop/" in line or any(own in line for own in DASHBOARDS_OWN) for line in asked]
        assert all(is_known), asked
        # What has the token in its head is what the API needs it there for, and nothing else.
        told = [line for line, head in zip(asked, front.heads, strict=True) if SIGNATURE in head]
        assert told == ([f"POST /shop/api/{link.action} HTTP/1.1"] if link.in_header else [])


def test_without_javascript_a_sentence_says_so(new_tab: OpenTab) -> None:
    tab = new_tab(java_script_enabled=False)
    tab.open(VERIFICATION.own_address)
    assert tab.page.inner_text("main").startswith("This page needs JavaScript.")
    assert not tab.page.locator("form").is_visible()
