"""Where the dashboard's paths are, and which of them are everybody's."""

DASHBOARD = "/_/"
STATIC = "/_/static/"
EXTENSIONS = "/_/extensions/"
EXTENSIONS_SCRIPT = "/_/extensions.js"
# The sheet with the accent colour of the settings and the fonts: everybody's, as the other sheets.
THEME = "/_/theme.css"
# Read by scripts, so what goes wrong there is said in JSON.
FEEDS = "/_/live-feeds/"
# Bodies of any size, for who has signed in.
BACKUP_UPLOAD = "/_/settings/backups/upload/"
# Where forms write records of a collection: as much as it has room for, from who has signed in.
RECORD_FORM = r"/_/collections/(?P<collection>[^/]+)/(?:new|records/[^/]+)/"

# What links in mails and sign-ins with a provider lead to (docs/reference/mail-links.md). Each has a hyphen:
# Django's admin puts apps at this place, and no app's label has one.
OPEN_PAGES = (
    "confirm-verification",
    "confirm-password-reset",
    "confirm-email-change",
    "oauth2-redirect-success",
    "oauth2-redirect-failure",
    "first-superuser",
)
OPEN_PATHS = frozenset(f"{DASHBOARD}{name}/" for name in OPEN_PAGES)


def way_up(path: str) -> str:
    """From a path of the dashboard to `/_/`, for whoever does not know what a proxy put before it.

    >>> way_up("/_/"), way_up("/_/login/"), way_up("/_/auth_app/superuser/add/")
    ('./', '../', '../../../')
    """
    return "../" * path.removeprefix(DASHBOARD).count("/") or "./"
