"""What a browser remembers of how somebody likes the dashboard: small cookies, which pages are rendered by.

They are the browser's, as with PocketBase, and nobody's secret. Each is checked when it is read: whoever
writes cookies may write anything.
"""

import re
from collections.abc import Mapping
from typing import Literal

from django.http import HttpRequest, HttpResponse

from admin_ui.addresses import DASHBOARD
from admin_ui.pages.languages import language_for, languages

Theme = Literal["light", "dark", "auto"]

THEMES: tuple[Theme, ...] = ("light", "dark", "auto")
_KEPT_SECONDS = 365 * 24 * 60 * 60
_MOST_WORDS = 100
_WORD = re.compile(r"[A-Za-z0-9_]{1,100}")


def theme_of(request: HttpRequest) -> Theme:
    """ "auto" follows the system."""
    said = request.COOKIES.get("theme")
    return next((theme for theme in THEMES if theme == said), "auto")


def language_of(request: HttpRequest, cookies: Mapping[str, str]) -> str:
    """The language that this browser has chosen for the dashboard, or the one that it asks for by itself."""
    chosen = cookies.get("language", "")
    return chosen if chosen in languages() else language_for(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))


def words_of(request: HttpRequest, name: str) -> tuple[str, ...] | None:
    """A cookie that is a list of ids or names; None for one that is not there, or says nothing."""
    text = request.COOKIES.get(name, "")
    words = dict.fromkeys(word for word in text.split(".") if _WORD.fullmatch(word))
    return tuple(words)[:_MOST_WORDS] or None


def keep_words(response: HttpResponse, name: str, words: tuple[str, ...], *, path: str = DASHBOARD) -> None:
    """Have the browser send them with requests below `path`."""
    keep(response, name, ".".join(words), path=path)


def keep(response: HttpResponse, name: str, value: str, *, path: str = DASHBOARD) -> None:
    response.set_cookie(name, value, max_age=_KEPT_SECONDS, path=path, samesite="Lax", httponly=True)
