"""The pages that are everybody's: what the server says of them, and in which language."""

import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import trans_real

import admin_ui
from admin_ui.addresses import OPEN_PAGES, OPEN_PATHS
from admin_ui.pages.languages import language_for, languages
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import LOGIN, sign_in

APP = Path(admin_ui.__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)

of_each = pytest.mark.parametrize("path", sorted(OPEN_PATHS))


def languages_of(response) -> list[str]:
    return re.findall(r'<html lang="([^"]+)" dir="ltr">', response.content.decode())


@pytest.mark.django_db
class TestPages:
    @of_each
    def test_say_how_they_may_be_used(self, client, root, path):
        response = client.get(path)
        assert (response.status_code, dict(response.headers)) == (
            200,
            {
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": POLICY,
                "X-Frame-Options": "DENY",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
                "Vary": "Origin, Accept-Language, Accept-Encoding",
                "X-Content-Type-Options": "nosniff",
                "X-Xss-Protection": "1; mode=block",
            },
        )
        assert response.cookies == {}

    @of_each
    def test_ask_for_nothing_by_an_absolute_address(self, client, root, path):
        page = client.get(path).content.decode()
        addresses = re.findall(r'\s(?:src|href|action)="([^"]*)"', page)
        assert addresses
        assert [address for address in addresses if not address.startswith("../")] == []
        assert (
            re.findall(r"<script(?![^>]* src=)(?![^>]*application/json)|<style|\sstyle=|\son\w+=", page) == []
        )

    @of_each
    def test_are_the_same_for_everybody(self, client, root, path):
        as_guest = client.get(path)
        sign_in(client)
        assert client.get(path).content == as_guest.content

    @of_each
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_take_nothing(self, client, root, path, method):
        assert client.generic(method, path, "a=b").status_code == 405

    @of_each
    def test_are_open_to_every_address(self, client, root, path):
        save_settings({**DEFAULTS, "superuserIPs": ["203.0.113.0/24"]})
        assert client.get(path).status_code == 200
        # Only they are.
        for other in (f"{path}x", path.rstrip("/"), f"{path}../", "/_/auth/group/"):
            assert client.get(other).status_code in {307, 403}

    def test_show_the_name_of_the_application_as_text(self, client, root):
        save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "appName": "<b>Fernweh</b>"}})
        page = client.get("/_/confirm-verification/").content.decode()
        assert "<p>&lt;b&gt;Fernweh&lt;/b&gt;</p>" in page
        assert "<b>" not in page

    def test_stand_where_no_app_of_the_admin_can(self):
        assert not [name for name in OPEN_PAGES if name.isidentifier()]

    def test_can_be_replaced(self, client, root, settings, tmp_path):
        (tmp_path / "admin_ui/pages").mkdir(parents=True)
        own = '{% extends "admin_ui/pages/page.html" %}{% block brand %}<p>Ours</p>{% endblock %}'
        (tmp_path / "admin_ui/pages/page.html").write_text(own)
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
        page = client.get("/_/confirm-verification/").content.decode()
        assert "<p>Ours</p>" in page
        assert ('class="brand"' in page, "Confirm your email address</h1>" in page) == (False, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "script"),
    [
        pytest.param(LOGIN, "../static/admin_ui/links.js", id="login"),
        pytest.param("/_/", "./static/admin_ui/links.js", id="home"),
        pytest.param("/_/nope/deeper", "../static/admin_ui/links.js", id="not_found"),
        pytest.param("/_/nope/deeper/", "../../static/admin_ui/links.js", id="not_found_with_slash"),
    ],
)
def test_the_dashboard_leads_links_on(client, root, path, script):
    if path != LOGIN:
        sign_in(client)
    page = client.get(path).content.decode()
    head = page.partition("</head>")[0]
    assert re.findall(r'<script src="([^"]*links\.js)"></script>', head) == [script]


@pytest.mark.django_db
def test_links_get_through_to_the_form_behind_any_path(client, root):
    response = client.get("/_/")
    assert (response.status_code, response["Location"]) == (302, "./login/?next=/_/")


class TestLanguages:
    @pytest.mark.parametrize(
        ("accepted", "language"),
        [
            pytest.param("", "en", id="none"),
            pytest.param("de", "de", id="ours"),
            pytest.param("DE", "de", id="any_letters"),
            pytest.param("de-AT,de;q=0.9,en;q=0.8", "de", id="of_a_country"),
            pytest.param("en-GB,de;q=0.5", "en", id="english_first"),
            pytest.param("fr-CA, fr;q=0.9, de;q=0.2", "de", id="the_best_that_there_is"),
            pytest.param("fr, es", "en", id="none_that_there_is"),
            pytest.param("de;q=0", "en", id="not_wanted"),
            pytest.param("de;q=0.1, en;q=0.9", "en", id="by_weight"),
            pytest.param("*", "en", id="any"),
            pytest.param("../../de", "en", id="no_language"),
            pytest.param("de," * 100_000, "de", id="without_end"),
            pytest.param("d" * 100_000, "en", id="one_without_end"),
        ],
    )
    @pytest.mark.django_db
    def test_a_page_is_in_the_readers(self, client, root, accepted, language):
        assert language_for(accepted) == language
        response = client.get("/_/confirm-verification/", headers={"accept-language": accepted})
        assert languages_of(response) == [language]
        title = {"en": "Confirm your email address", "de": "E-Mail-Adresse bestätigen"}[language]
        assert f"<h1>{title}</h1>" in response.content.decode()

    @pytest.mark.django_db
    def test_the_api_stays_in_english(self, client, root):
        headers = {"accept-language": "de"}
        client.get("/_/confirm-verification/", headers=headers)
        client.get(LOGIN, headers=headers)
        refused = client.post("/api/collections/_superusers/auth-with-password", headers=headers)
        assert refused.json()["data"]["identity"]["message"] == "Cannot be blank."
        assert translation.get_language() == "en-us"

    def test_a_catalog_that_says_nothing_of_our_pages_is_no_language(self, settings, tmp_path):
        (tmp_path / "fr/LC_MESSAGES").mkdir(parents=True)
        shutil.copy(_django_catalog("fr"), tmp_path / "fr/LC_MESSAGES/django.mo")
        settings.LOCALE_PATHS = [tmp_path]
        languages.cache_clear()
        try:
            assert languages() == {"en", "de"}
        finally:
            languages.cache_clear()

    @pytest.mark.django_db
    def test_requests_to_the_api_ask_for_none(self, client, root, monkeypatch):
        """`USE_I18N` costs only what is translated."""
        asked = []
        for name in ("get_language", "gettext", "do_ntranslate", "activate"):
            original = getattr(trans_real, name)
            monkeypatch.setattr(
                trans_real,
                name,
                lambda *args, original=original, name=name: asked.append(name) or original(*args),
            )
        monkeypatch.setattr(translation._trans, "__dict__", {})  # it keeps what it once found
        records = "/api/collections/users/records"
        for answer in (
            client.get("/api/health"),
            client.get(records),
            client.get(f"{records}/none"),
            client.get(f"{records}?filter=nope=1"),
            client.post(records, {"email": "x"}, content_type="application/json"),
        ):
            assert answer.status_code in {200, 400, 403, 404}
        assert asked == []
        client.get("/_/confirm-verification/")
        assert asked


def _django_catalog(code: str) -> Path:
    return Path(translation.__file__).parents[2] / f"conf/locale/{code}/LC_MESSAGES/django.mo"


CATALOGS = sorted(APP.glob("locale/*/LC_MESSAGES/django.po"))


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.parents[1].name)
class TestCatalogs:
    @pytest.fixture(autouse=True)
    def _tools(self):
        if shutil.which("xgettext") is None:
            pytest.skip("needs gettext (Debian's package)")

    def test_are_compiled(self, catalog, tmp_path):
        fresh = tmp_path / "fresh.mo"
        subprocess.run(["msgfmt", "--check", "-o", fresh, catalog], check=True, stderr=subprocess.DEVNULL)  # noqa: S603, S607
        assert _messages(catalog.with_suffix(".mo")) == _messages(fresh)

    def test_say_everything_that_the_pages_say(self, catalog, tmp_path):
        """As `make messages` would find it: nothing missing, nothing uncertain, nothing left over."""
        app = tmp_path / "admin_ui"
        shutil.copytree(APP, app)
        code = catalog.parents[1].name
        command = [sys.executable, "-m", "django", "makemessages", "-l", code, "--no-location"]
        subprocess.run(  # noqa: S603 - our own command
            ["/usr/bin/env", "-u", "DJANGO_SETTINGS_MODULE", *command],
            cwd=app,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        found = app / catalog.relative_to(APP)
        told = subprocess.run(  # noqa: S603 - our own command
            ["msgfmt", "--statistics", "-o", tmp_path / "x.mo", found],  # noqa: S607
            check=True,
            capture_output=True,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )
        assert re.findall(rb"\d+ (?:translated|fuzzy|untranslated)", told.stderr) == [
            b"%d translated" % (len(_said(catalog.with_suffix(".mo"))) - 1)
        ]
        assert "#~" not in found.read_text(encoding="utf-8")


def _said(path: Path) -> set[str]:
    """What is translated; a message with a plural stands in a catalog once for each form."""
    return {key if isinstance(key, str) else key[0] for key in _messages(path)}


def _messages(path: Path) -> dict[Any, str]:
    with path.open("rb") as file:
        return dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
