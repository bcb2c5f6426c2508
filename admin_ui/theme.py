"""`/_/theme.css`, the sheet that no file can be: the accent colour, and fonts by their version."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static

from admin_ui.addresses import THEME
from admin_ui.static_files import caching_of, version_of
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import DEFAULTS

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# Name, file, weights. `optional`: text never jumps; being preloaded, only a slow first page goes without.
FONTS = (
    ("Inter", "admin_ui/fonts/inter-latin.woff2", "400 700"),
    ("JetBrains Mono", "admin_ui/fonts/jetbrains-mono-ascii.woff2", "400 600"),
)


def accent_colour() -> str:
    """As `#rrggbb`; the default where the settings have none that a sheet could hold."""
    said = current().meta.accent_color
    return said if _COLOUR.fullmatch(said) else str(DEFAULTS["meta"]["accentColor"])


def theme_address() -> str:
    """Names the version of the content, as those of static files do."""
    return f"{THEME}?v={version_of(_sheet())}"


def theme_sheet(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        raise Http404
    content = _sheet()
    response = HttpResponse(content, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = caching_of(request, version_of(content))
    return response


def _sheet() -> bytes:
    faces = (
        f'@font-face {{ font-family: "{name}"; src: url("{static(path)}") format("woff2"); '
        f"font-weight: {weights}; font-display: optional; }}"
        for name, path, weights in FONTS
    )
    seed = f":root {{ --accent-seed: {accent_colour()}; }}"
    return "\n".join([*faces, seed, ""]).encode()
