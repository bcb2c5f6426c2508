"""`manage.py check` says in words what a project lacks; and what settings Joey brings by itself."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.db import connections

from config import settings as written
from platform_app.defaults import defaults
from system_app.checks import check_project

ROOT = Path(__file__).resolve().parents[2]
API = "system_app.middleware.api.ApiMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
APPS = ("platform_app", "collections_app", "auth_app", "files_app", "realtime_app", "system_app", "admin_ui")
READ = re.compile(r"\bsettings\.(JOEY_\w+)|getattr\(settings, \"(JOEY_\w+)\"")


def said() -> list[tuple[str | None, str]]:
    return [(message.id, message.msg) for message in check_project(None)]


def test_the_default_project_lacks_nothing():
    assert said() == []
    assert [message.id for message in run_checks(tags=["joey"])] == []


def test_missing_apps_are_named(monkeypatch):
    installed = [config for config in apps.get_app_configs() if config.label not in {"files_app", "django_q"}]
    monkeypatch.setattr(apps, "get_app_configs", lambda: installed)
    assert said() == [("joey.E001", "INSTALLED_APPS lacks files_app, system_app.jobs.apps.QueueConfig.")]


@pytest.mark.parametrize(
    ("layers", "ids"),
    [
        pytest.param([], ["joey.E002"], id="none"),
        pytest.param([SESSIONS], ["joey.E002"], id="others_only"),
        pytest.param([API], [], id="ours"),
        pytest.param([API, SESSIONS], [], id="ours_first"),
        pytest.param([SESSIONS, API], ["joey.W001"], id="ours_later"),
        pytest.param(["auth_app.authentication.TokenMiddleware"], [], id="one_by_one"),
    ],
)
def test_layers(settings, layers, ids):
    settings.MIDDLEWARE = layers
    assert [found for found, _ in said()] == ids


@pytest.mark.parametrize(
    ("urls", "messages"),
    [
        pytest.param("system_app.api_urls", [], id="all"),
        pytest.param("system_app.urls", ["The URLs have /api/settings elsewhere, or not at all."], id="some"),
        pytest.param(
            "django.contrib.auth.urls",
            [
                "The URLs have /api/health elsewhere, or not at all.",
                "The URLs have /api/settings elsewhere, or not at all.",
            ],
            id="none",
        ),
    ],
)
def test_routes(settings, urls, messages):
    settings.ROOT_URLCONF = urls
    assert [message for _, message in said()] == messages


def test_another_sqlite(monkeypatch):
    from django.db.backends.sqlite3.base import DatabaseWrapper

    theirs = DatabaseWrapper({**connections["default"].settings_dict, "NAME": ":memory:"}, "default")
    monkeypatch.setitem(connections.__dict__, "settings", {"default": theirs.settings_dict})
    monkeypatch.setattr("system_app.checks.connections", {"default": theirs})
    monkeypatch.setattr(django_settings, "DATABASES", {"default": {}})
    ((found, _),) = said()
    assert found == "joey.E005"


def test_a_limit_of_djangos_on_bodies(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
    assert [found for found, _ in said()] == ["joey.W002"]


# --- defaults -----------------------------------------------------------------------------------------


def names_in_the_code() -> set[str]:
    return {
        one or other
        for folder in (
            "platform_app",
            "collections_app",
            "auth_app",
            "files_app",
            "realtime_app",
            "system_app",
        )
        for path in ROOT.glob(f"{folder}/**/*.py")
        for one, other in READ.findall(path.read_text(encoding="utf-8"))
    }


def test_every_setting_that_apps_read_has_a_default():
    assert len(names_in_the_code()) > 20
    assert names_in_the_code() - set(defaults(ROOT)) == set()


def test_the_defaults_are_those_of_the_default_project():
    """But for what develops, and for a static site, which a project would not look for at its root."""
    ours = {name: getattr(written, name) for name in defaults(ROOT)}
    assert ours == {
        **defaults(ROOT),
        "JOEY_MAIL_TO_CONSOLE": written.IS_DEVELOPMENT,
        "JOEY_UNROUTED_VIEW": "system_app.views.site.site",
    }


def test_nothing_is_set_that_a_project_has_set():
    names = ("STORAGES", "MIGRATION_MODULES", "Q_CLUSTER", "CHANNEL_LAYERS", "JOEY_DATA_DIR")
    assert [getattr(django_settings, name) for name in names] == [getattr(written, name) for name in names]
