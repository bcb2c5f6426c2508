"""Which language a page is in: the reader's, where there is a translation of these pages.

Only pages that ask for it are translated. Nobody else activates a language, so everything else is in English.
"""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import to_language
from django.utils.translation.trans_real import parse_accept_lang_header

from admin_ui.pages.texts import PROBE

ORIGINAL = "en"
_OURS = Path(__file__).resolve().parent.parent / "locale"


def language_for(accepted: str) -> str:
    """The best of our languages for an Accept-Language header, as a code such as "de" or "pt-br".

    >>> language_for("fr, de-AT;q=0.8, en;q=0.5"), language_for("*"), language_for("de;q=0")
    ('de', 'en', 'en')
    """
    for wanted, quality in parse_accept_lang_header(accepted.lower()):
        while wanted and quality:
            if wanted in languages():
                return wanted
            wanted = wanted.rpartition("-")[0]
    return ORIGINAL


@cache
def languages() -> frozenset[str]:
    """The codes of all languages that the pages are in, found by their catalogs here and in LOCALE_PATHS."""
    places = [_OURS, *map(Path, settings.LOCALE_PATHS)]
    catalogs = [path for place in places for path in place.glob("*/LC_MESSAGES/django.mo")]
    codes = {to_language(path.parents[1].name) for path in catalogs}
    return frozenset({ORIGINAL, *filter(_is_translated, codes)})


def _is_translated(code: str) -> bool:
    """Whether the pages are; a catalog in LOCALE_PATHS may be about something else."""
    with translation.override(code):
        return translation.gettext(PROBE) != PROBE
