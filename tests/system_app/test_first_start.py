"""What `serve` says at the start, and where it opens a browser."""

import io
import webbrowser

import pytest

from auth_app.installer import installer_token
from auth_app.models import Superuser
from auth_app.superusers import create_superuser
from system_app.management.commands.serve import Command

pytestmark = pytest.mark.django_db
URL = "https://example.com"


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Windows(webbrowser.BackgroundBrowser):
    """One that opens windows of its own; `opened` is where it was sent."""

    def __init__(self):
        super().__init__("xdg-open")
        self.opened = []

    def open(self, url, new=0, autoraise=True):
        self.opened.append(url)
        return True


class Text(webbrowser.GenericBrowser):
    def open(self, url, new=0, autoraise=True):
        raise AssertionError("it would take the terminal")


@pytest.fixture(autouse=True)
def nobody():
    Superuser.objects.all().delete()


def greeted(monkeypatch, browser, output):
    def get():
        if browser is None:
            raise webbrowser.Error("there is none")
        return browser

    monkeypatch.setattr(webbrowser, "get", get)
    Command(stdout=output)._greet(URL, installer_token())
    return output.getvalue()


def test_on_a_terminal_the_link_is_opened_and_printed(monkeypatch):
    browser = Windows()
    said = greeted(monkeypatch, browser, Terminal())
    (link,) = browser.opened
    assert link.startswith(f"{URL}/_/#/pbinstall/")
    assert f"\n  {link}\n" in said


@pytest.mark.parametrize(
    ("browser", "output"),
    [
        pytest.param(Windows(), io.StringIO(), id="a_service"),
        pytest.param(Text("w3m"), Terminal(), id="a_browser_in_the_terminal"),
        pytest.param(None, Terminal(), id="no_browser"),
    ],
)
def test_elsewhere_it_is_only_printed(monkeypatch, browser, output):
    assert "/_/#/pbinstall/" in greeted(monkeypatch, browser, output)
    assert getattr(browser, "opened", []) == []


def test_with_a_superuser_there_is_no_link(monkeypatch):
    create_superuser("ann@example.com", "1234567890")
    browser = Windows()
    assert "pbinstall" not in greeted(monkeypatch, browser, Terminal())
    assert browser.opened == []
