"""The dashboard in the reader's language: what the browser asks for, or what somebody has chosen."""

import re
import shutil
import subprocess

import pytest
from django.utils import translation

from admin_ui.pages.languages import languages
from tests.admin_ui.dashboard import EMAIL, LOGIN, send_form, sign_in

pytestmark = pytest.mark.django_db

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


def opening(response) -> str:
    (found,) = re.findall(r"<html [^>]*>", response.content.decode())
    return str(found)


class TestLanguage:
    def test_is_what_the_browser_asks_for(self, client, root):
        response = client.get(LOGIN, headers=GERMAN)
        assert opening(response) == '<html lang="de" dir="ltr">'
        assert response["Content-Language"] == "de"
        assert "Accept-Language" in response["Vary"]
        assert ">Anmelden<" in response.content.decode()
        assert translation.get_language() == "en-us"

    @pytest.mark.parametrize("path", ["/_/", "/_/settings/mail/", "/_/collections/", "/_/jump/?q=x"])
    def test_holds_inside(self, client, root, path):
        sign_in(client)
        page = client.get(path, headers=GERMAN).content.decode()
        assert 'lang="de"' in page
        assert ">Einstellungen<" in page
        assert ">Settings<" not in page

    def test_is_chosen_by_the_browser_until_somebody_chooses(self, client, root):
        response = send_form(client, "/_/language-choice/", language="en", back=LOGIN)
        assert response["Location"] == LOGIN
        assert 'lang="en"' in opening(client.get(LOGIN, headers=GERMAN))
        send_form(client, "/_/language-choice/", language="")
        assert 'lang="de"' in opening(client.get(LOGIN, headers=GERMAN))

    @pytest.mark.parametrize("language", ["xx", "../de", "de\0", "x" * 5000, "fr"])
    def test_that_there_is_none_of_is_not_chosen(self, client, root, language):
        client.cookies["language"] = language[:3000]
        send_form(client, "/_/language-choice/", language=language)
        assert 'lang="en"' in opening(client.get(LOGIN))

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/"])
    def test_leads_to_no_other_host(self, client, root, back):
        assert send_form(client, "/_/language-choice/", language="de", back=back)["Location"] == "/_/"

    def test_is_that_of_errors_too(self, client, root):
        page = client.get("/_/nothing/here/", headers=GERMAN, follow=True).content.decode()
        assert 'lang="de"' in page
        sign_in(client)
        assert "Das hat nicht geklappt" in client.get("/_/nothing/here/", headers=GERMAN).content.decode()

    def test_is_that_of_refusals_of_the_settings(self, client, root):
        sign_in(client)
        response = send_form(client, "/_/settings/application/", **{"meta.appURL": "x", "meta.appName": "y"})
        assert "This is no address of the web." in response.content.decode()
        client.cookies["language"] = "de"
        response = send_form(client, "/_/settings/application/", **{"meta.appURL": "x", "meta.appName": "y"})
        assert "Das ist keine Web-Adresse." in response.content.decode()

    def test_of_the_api_stays_english(self, client, root):
        client.get(LOGIN, headers=GERMAN)
        refused = client.post("/api/collections/_superusers/auth-with-password", headers=GERMAN)
        assert refused.json()["data"]["identity"]["message"] == "Cannot be blank."


def test_every_language_is_offered_at_the_door_and_inside(client, root):
    door = client.get(LOGIN).content.decode()
    sign_in(client)
    inside = client.get("/_/").content.decode()
    assert len(languages()) >= 2
    for code in languages():
        assert re.search(rf'<button [^>]*name="language" value="{code}"', door)
        assert re.search(rf'<input type="radio" name="language" value="{code}"', inside)
    assert EMAIL in inside


@pytest.mark.parametrize("language", ["ar", "he", "fa"])
def test_pages_are_mirrored_for_who_reads_so(client, root, settings, tmp_path, language):
    """A catalog of one's own is a language; which side it begins on is known of its code."""
    folder = tmp_path / language / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Confirm your email address"\nmsgstr "x"\n'
    )
    _compile(source)
    settings.LOCALE_PATHS = [tmp_path]
    languages.cache_clear()
    translation.trans_real._translations.pop(language, None)
    try:
        page = client.get(LOGIN, headers={"accept-language": language})
        assert opening(page) == f'<html lang="{language}" dir="rtl">'
    finally:
        languages.cache_clear()
        translation.trans_real._translations.pop(language, None)


def _compile(source) -> None:
    if shutil.which("msgfmt") is None:
        pytest.skip("needs gettext (Debian's package)")
    subprocess.run(["msgfmt", "-o", source.with_suffix(".mo"), source], check=True)  # noqa: S603, S607
