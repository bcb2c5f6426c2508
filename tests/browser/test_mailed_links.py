"""Links as they come by mail, followed to the end: a mail server, the API, the pages, and what then is so."""

import email
import email.policy
import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import Tab
from tests.browser.conftest import SUPERUSER, change_settings, start_new, superuser_token
from tests.browser.links import CHANGE, RESET, VERIFICATION
from tests.platform_app.mail.servers import MailServer, mail_server
from tests.served import Server

USERS = "/api/collections/users"
JSON = {"content-type": "application/json"}
PASSWORD, NEW_PASSWORD = "1234567890", "correct horse"
MOST_SECONDS = 60.0  # only for what hangs


@pytest.fixture(scope="module", autouse=True)
def mails() -> Iterator[MailServer]:
    """Before everything else here: its event loop cannot start in a thread in which Playwright's runs."""
    with mail_server() as mails:
        yield mails


@pytest.fixture(scope="module")
def server(mails: MailServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_new(tmp_path_factory.mktemp("mailing"))
    try:
        smtp = {"enabled": True, "host": mails.host, "port": mails.port}
        change_settings(server, smtp=smtp, meta={"appURL": server.url})
        yield server
    finally:
        server.stop()


def post(server: Server, path: str, body: dict[str, str], token: str = "") -> int:
    headers = {**JSON, "authorization": token} if token else JSON
    return server.request("POST", path, headers, json.dumps(body)).status


def join(server: Server, address: str) -> None:
    body = {"email": address, "password": PASSWORD, "passwordConfirm": PASSWORD}
    assert post(server, f"{USERS}/records", body) == 200


def may_sign_in(server: Server, address: str, password: str, *, collection: str = USERS) -> bool:
    return (
        post(server, f"{collection}/auth-with-password", {"identity": address, "password": password}) == 200
    )


def is_verified(server: Server, address: str) -> bool:
    headers = {"authorization": superuser_token(server)}
    answer = server.request("GET", f"{USERS}/records?filter=email='{address}'", headers)
    (record,) = json.loads(answer.body)["items"]
    return record["verified"] is True


def link_to(mails: MailServer, address: str) -> str:
    """The link in the newest mail to an address, as its text part has it."""
    deadline = time.monotonic() + MOST_SECONDS
    while True:
        found = [mail for mail in mails.received if mail.recipients == [address]]
        if found:
            break
        assert time.monotonic() < deadline, "no mail"
        time.sleep(0.01)
    message = email.message_from_bytes(found[-1].content, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    (link,) = re.findall(r"http://\S+/_/#/[\w./-]+", body.get_content())
    return link


def heading_becomes(tab: Tab, text: str) -> None:
    expect(tab.page.locator("h1:visible")).to_have_text(text)


def open_link(tab: Tab, link: str, page: str) -> None:
    tab.page.goto(link)
    tab.page.wait_for_url(f"**/{page}/*")


def test_verification(server: Server, mails: MailServer, tab: Tab) -> None:
    address = "ada@example.com"
    join(server, address)
    assert post(server, f"{USERS}/request-verification", {"email": address}) == 204
    open_link(tab, link_to(mails, address), VERIFICATION.page)
    heading_becomes(tab, VERIFICATION.heading)
    assert tab.page.input_value("#email") == address
    # Whoever only opens it confirms nothing.
    tab.page.wait_for_load_state("networkidle")
    assert not is_verified(server, address)
    tab.page.click("button.primary")
    heading_becomes(tab, VERIFICATION.done)
    assert is_verified(server, address)


def test_password_reset(server: Server, mails: MailServer, tab: Tab) -> None:
    address = "grace@example.com"
    join(server, address)
    assert post(server, f"{USERS}/request-password-reset", {"email": address}) == 204
    link = link_to(mails, address)
    open_link(tab, link, RESET.page)
    set_password(tab, "short", "shorter")
    expect(tab.page.locator("#password-error")).to_have_text("Use 8 to 255 characters.")
    expect(tab.page.locator("#passwordConfirm-error")).to_have_text("The two passwords differ.")
    set_password(tab, NEW_PASSWORD, NEW_PASSWORD)
    heading_becomes(tab, RESET.done)
    assert not may_sign_in(server, address, PASSWORD)
    assert may_sign_in(server, address, NEW_PASSWORD)
    # It works once.
    open_link(tab, link, RESET.page)
    set_password(tab, PASSWORD, PASSWORD)
    heading_becomes(tab, "This link is not valid any more")
    assert may_sign_in(server, address, NEW_PASSWORD)
    tab.page.click("#again")
    heading_becomes(tab, "Look into your mailbox")


def test_password_reset_of_a_superuser(server: Server, mails: MailServer, tab: Tab) -> None:
    superusers = "/api/collections/_superusers"
    assert post(server, f"{superusers}/request-password-reset", {"email": SUPERUSER}) == 204
    open_link(tab, link_to(mails, SUPERUSER), RESET.page)
    set_password(tab, PASSWORD, PASSWORD)  # as it was: other tests sign in with it
    heading_becomes(tab, RESET.done)
    assert may_sign_in(server, SUPERUSER, PASSWORD, collection=superusers)
    tab.page.click("#dashboard a")
    tab.page.wait_for_url(f"{tab.base}/_/login/")


def test_email_change(server: Server, mails: MailServer, tab: Tab) -> None:
    old, new = "joan@example.com", "joan@example.org"
    join(server, old)
    credentials = json.dumps({"identity": old, "password": PASSWORD})
    answer = server.request("POST", f"{USERS}/auth-with-password", JSON, credentials)
    token = json.loads(answer.body)["token"]
    assert post(server, f"{USERS}/request-email-change", {"newEmail": new}, token) == 204
    link = link_to(mails, new)
    open_link(tab, link, CHANGE.page)
    assert [tab.page.input_value(field) for field in ("#email", "#newEmail")] == [old, new]
    tab.page.fill("#password", "not the one")
    tab.page.click("button.primary")
    expect(tab.page.locator("#password-error")).to_have_text("This is not the password of your account.")
    tab.page.fill("#password", PASSWORD)
    tab.page.click("button.primary")
    heading_becomes(tab, CHANGE.done)
    assert (may_sign_in(server, old, PASSWORD), may_sign_in(server, new, PASSWORD)) == (False, True)
    open_link(tab, link, CHANGE.page)
    tab.page.fill("#password", PASSWORD)
    tab.page.click("button.primary")
    heading_becomes(tab, "This link is not valid any more")


def set_password(tab: Tab, password: str, again: str) -> None:
    tab.page.fill("#password", password)
    tab.page.fill("#passwordConfirm", again)
    tab.page.click("button.primary")
