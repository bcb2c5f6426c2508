"""The map beside a point: there only where a setting names the server that its pictures come from.

Nobody else learns from our pages which places somebody looks at, unless an administrator has said so.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

from admin_ui.page_policy import policy
from collections_app.collection import Collection
from collections_app.fields.geo_point_field import GeoPointField

_HOST = re.compile(r"(?:\*\.)?[A-Za-z0-9.-]+(?::[0-9]{1,5})?")


def has_map(collection: Collection) -> bool:
    """Whether its pages show maps."""
    return bool(tile_host()) and any(isinstance(field, GeoPointField) for field in collection.fields)


def map_context(collection: Collection) -> dict[str, str]:
    """What the form's template needs for a map, nothing without one."""
    if not has_map(collection):
        return {}
    return {"map_tiles": settings.JOEY_MAP_TILES, "map_attribution": settings.JOEY_MAP_ATTRIBUTION}


def allow_map(response: HttpResponse, collection: Collection) -> None:
    """Let the page load the map's pictures, if it has a map."""
    if has_map(collection):
        response.headers["Content-Security-Policy"] = policy(pictures_from=tile_host())


def tile_host() -> str:
    """The origin of `JOEY_MAP_TILES` as a policy writes it, "" for a setting that is empty or no address.

    >>> from django.test import override_settings
    >>> with override_settings(JOEY_MAP_TILES="https://{s}.tiles.example/{z}/{x}/{y}.png"):
    ...     tile_host()
    'https://*.tiles.example'
    """
    try:
        parts = urlsplit(settings.JOEY_MAP_TILES.replace("{s}", "*"))
    except ValueError:
        return ""
    is_fit = parts.scheme in {"http", "https"} and _HOST.fullmatch(parts.netloc)
    return f"{parts.scheme}://{parts.netloc}" if is_fit else ""
