"""What stands around every page for who has signed in: the sidebar with the collections, and the person."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from admin_ui.logs.recent_errors import recent_errors
from admin_ui.preferences import Theme, theme_of, words_of
from admin_ui.staff.guarding import may, may_open
from admin_ui.staff.members import member_of
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.system_names import SUPERUSERS
from platform_app.runtime_settings.current import current

# So many collections with one beginning, such as `shop_`, are a group.
_FEWEST_IN_GROUP = 3
_FEWEST_COMPACT = 12
_TYPE_ICONS = {"base": "table-2", "auth": "users-round", "view": "eye"}


@dataclass(frozen=True)
class Place:
    """An entry of the sidebar; g and `key` lead there, `words` are what it is found by beside its label.

    One that is marked has something wrong in it.
    """

    label: str
    icon: str
    address: str
    is_current: bool = False
    warning: str = ""
    key: str = ""
    is_marked: bool = False
    badge: str = ""
    badge_title: str = ""
    words: str = ""


@dataclass(frozen=True)
class Group:
    title: str
    places: tuple[Place, ...]

    @property
    def is_open(self) -> bool:
        """Folded unless one is inside."""
        return any(place.is_current for place in self.places)


@dataclass(frozen=True)
class Shell:
    pages: tuple[Place, ...]
    pinned: tuple[Place, ...]
    collections: tuple[Place, ...]
    groups: tuple[Group, ...]
    system: Group
    theme: Theme
    hides_controls: bool
    release: str
    last: Place | None  # the collection that was looked at last, unless it is this one
    is_staff: bool

    @property
    def is_compact(self) -> bool:
        """Whether there are so many rows that they stand closer together."""
        grouped = sum(len(group.places) for group in self.groups)
        return len(self.pinned) + len(self.collections) + grouped >= _FEWEST_COMPACT


def shell_of(request: HttpRequest) -> Shell:
    pinned = words_of(request, "pinned") or ()
    by_id = {one.id: one for one in catalog().collections if may(request, "view", one)}
    own = sorted(
        (one for one in by_id.values() if not one.system and one.id not in pinned),
        key=lambda one: (["auth", "base", "view"].index(one.type), one.name.lower()),
    )
    grouped = _by_beginning(own)
    return Shell(
        pages=tuple(page for page in pages_of(request) if may_open(request, page.address)),
        pinned=tuple(_place(by_id[one], request) for one in pinned if one in by_id),
        collections=tuple(_place(one, request) for one in own if _beginning(one) not in grouped),
        groups=tuple(
            Group(title, tuple(_place(one, request) for one in members))
            for title, members in sorted(grouped.items())
        ),
        system=Group(
            _("System"),
            tuple(
                _place(one, request)
                for one in _system_collections()
                if one.id in by_id and one.id not in pinned
            ),
        ),
        theme=theme_of(request),
        hides_controls=current().meta.hides_controls,
        release=release(),
        last=_last(by_id, request),
        is_staff=member_of(request) is not None,
    )


def pages_of(request: HttpRequest) -> tuple[Place, ...]:
    """The pages that are no collection's; a new screen is listed here."""
    home, settings = reverse("admin:index"), reverse("admin:settings")
    logs, sql = reverse("admin:logs"), reverse("admin:sql")
    badge, badge_title = recent_errors.badge()
    return (
        Place(_("Home"), "house", home, request.path == home, key="h"),
        Place(
            _("Logs"),
            "scroll-text",
            logs,
            request.path.startswith(logs),
            key="l",
            badge=badge,
            badge_title=badge_title,
        ),
        Place(_("History"), "history", reverse("admin:history"), request.path == reverse("admin:history")),
        Place(_("SQL console"), "square-terminal", sql, request.path.startswith(sql)),
        Place(_("Settings"), "settings", settings, request.path == settings, key="s"),
    )


def collection_address(collection: Collection) -> str:
    return reverse("admin:records", args=[collection.name])


def collection_icon(collection: Collection) -> str:
    return "user-round-cog" if collection.name == SUPERUSERS else _TYPE_ICONS[collection.type]


@cache
def release() -> str:
    """ "" where Joey runs from its source, which has no version of its own."""
    try:
        return version("joey")
    except PackageNotFoundError:
        return ""


def _place(collection: Collection, request: HttpRequest) -> Place:
    address = collection_address(collection)
    return Place(
        collection.name,
        collection_icon(collection),
        address,
        request.path.startswith(address),
        warning=warning_about(collection),
        words=f"{collection.id} {collection.type}",
    )


def warning_about(collection: Collection) -> str:
    """What is wrong with how a collection is set up, "" for nothing."""
    if collection.is_auth:
        oauth2 = collection.options.get("oauth2") or {}
        if oauth2.get("enabled") and not oauth2.get("providers"):
            return _("OAuth2 is on, but has no provider")
    return ""


def _last(by_id: Mapping[str, Collection], request: HttpRequest) -> Place | None:
    (kept, *_) = words_of(request, "last") or ("",)
    place = _place(by_id[kept], request) if kept in by_id else None
    return None if place is None or place.is_current else place


def _system_collections() -> list[Collection]:
    system = [collection for collection in catalog().collections if collection.system]
    return sorted(system, key=lambda one: (one.name != SUPERUSERS, one.name.lower()))


def _by_beginning(collections: list[Collection]) -> dict[str, list[Collection]]:
    found: dict[str, list[Collection]] = defaultdict(list)
    for collection in collections:
        found[_beginning(collection)].append(collection)
    return {title: some for title, some in found.items() if title and len(some) >= _FEWEST_IN_GROUP}


def _beginning(collection: Collection) -> str:
    return collection.name.partition("_")[0] if "_" in collection.name else ""
