"""Django settings; every value that an installation may change comes from `env.py`.

In a wheel this package is called `joey_config` (docs/decisions/0020), so nothing in it may name it.
"""

import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from platform_app.database.secret_key import LaterKey, stored_secret_key

from . import env

# Where manage.py is. Installed from a wheel there is none, and it is where the command is called.
_HOME = Path(__file__).resolve().parent.parent
BASE_DIR = _HOME if (_HOME / "manage.py").is_file() else Path.cwd()

# --- the data directory -------------------------------------------------------------------------

JOEY_DATA_DIR = env.path("DATA_DIR", BASE_DIR / "pb_data")
JOEY_PUBLIC_DIR = env.path("PUBLIC_DIR", JOEY_DATA_DIR.parent / "pb_public")
if JOEY_DATA_DIR.is_relative_to(JOEY_PUBLIC_DIR):
    raise env.InvalidVariable(
        f"PUBLIC_DIR: {JOEY_PUBLIC_DIR} is everybody's to read, and the data directory must not be in it"
    )
# Whether its index.html stands for what is not there, as the pages of an application in the browser want it.
JOEY_INDEX_FALLBACK = env.boolean("INDEX_FALLBACK", True)
JOEY_MIGRATIONS_DIR = env.path("MIGRATIONS_DIR", JOEY_DATA_DIR.parent / "pb_migrations")
JOEY_HOOKS_DIR = env.path("HOOKS_DIR", JOEY_DATA_DIR.parent / "pb_hooks")
JOEY_STORAGE_DIR = JOEY_DATA_DIR / "storage"
JOEY_BACKUPS_DIR = JOEY_DATA_DIR / "backups"

DEBUG = env.boolean("DEBUG")
IS_DEVELOPMENT = DEBUG or sys.argv[1:2] == ["runserver"]
# Write changes of collections into that folder: on where people develop, off where the files are applied.
JOEY_AUTOMIGRATE = env.boolean("AUTOMIGRATE", IS_DEVELOPMENT)
# Signs the dashboard's sessions and queued jobs; API tokens are signed with the collections' own secrets.
# Left empty, one is made when first needed and kept in the data directory.
SECRET_KEY = env.secret("SECRET_KEY") or LaterKey(partial(stored_secret_key, JOEY_DATA_DIR))
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "*")
JOEY_CORS_ORIGINS = env.words("CORS_ORIGINS", "*")
# 32 characters; encrypts the settings row as PocketBase's --encryptionEnv does.
JOEY_SETTINGS_ENCRYPTION_KEY = env.secret("SETTINGS_ENCRYPTION_KEY")

# --- serving; lanes: docs/explanation/lanes.md ---------------------------------------------------

# The names that `serve` has certificates for: then it speaks HTTPS at one address, and the other leads there.
JOEY_DOMAINS = env.words("DOMAINS")
JOEY_HTTPS_ADDRESS = env.text("HTTPS_ADDRESS") or ("0.0.0.0:443" if JOEY_DOMAINS else "")
# Where certificates come from, and a file with what its own is checked by, unless everybody knows that.
JOEY_ACME_DIRECTORY = env.text("ACME_DIRECTORY") or "https://acme-v02.api.letsencrypt.org/directory"
JOEY_ACME_CA_BUNDLE = env.text("ACME_CA_BUNDLE")
JOEY_CERTIFICATES_DIR = JOEY_DATA_DIR / ".autocert_cache"
# Where `serve` listens for HTTP, and with how many worker processes.
JOEY_HOST = env.text("HOST", "0.0.0.0" if JOEY_DOMAINS else "127.0.0.1")  # noqa: S104 - it is for everybody
JOEY_PORT = env.integer("PORT", 80 if JOEY_DOMAINS else 8090)
JOEY_WORKERS = env.integer("WORKERS", 1)
# What a client may take for a request's head, the whole request, and its answer, in seconds; and how many
# connections a process has at most (system_app/connections/).
JOEY_HEAD_TIMEOUT = env.integer("HEAD_TIMEOUT", 60)
JOEY_READ_TIMEOUT = env.integer("READ_TIMEOUT", 300)
JOEY_WRITE_TIMEOUT = env.integer("WRITE_TIMEOUT", 300)
JOEY_MOST_CONNECTIONS = env.integer("MOST_CONNECTIONS", 10_000)

# The seconds that the queries of one request may take.
JOEY_QUERY_TIMEOUT = env.integer("QUERY_TIMEOUT", 30)
JOEY_INLINE_LANE = env.boolean("INLINE_LANE", True)
JOEY_POOL_THREADS = env.integer("POOL_THREADS", 4)
JOEY_BULK_THREADS = env.integer("BULK_THREADS", 2)
JOEY_LONG_THREADS = env.integer("LONG_THREADS", 3)
JOEY_WAITING_THREADS = env.integer("WAITING_THREADS", 8)
JOEY_ERRAND_THREADS = env.integer("ERRAND_THREADS", 4)

# How many thumbs are made at once, 0 for two more than processors; the seconds that a request waits for one.
JOEY_THUMBS_MAX_WORKERS = env.integer("THUMBS_MAX_WORKERS", 0)
JOEY_THUMBS_MAX_WAIT = env.integer("THUMBS_MAX_WAIT", 60)

# The seconds by which an identity provider's clock may differ from ours.
JOEY_ID_TOKEN_LEEWAY = env.integer("ID_TOKEN_LEEWAY", 300)
# Whether files that somebody names by their address may come from this machine and its network.
JOEY_PRIVATE_ADDRESSES = env.boolean("PRIVATE_ADDRESSES")

# The pictures of the dashboard's map, "https://HOST/{z}/{x}/{y}.png"; without them it has none. And whose map
# it is.
JOEY_MAP_TILES = env.text("MAP_TILES")
JOEY_MAP_ATTRIBUTION = env.text("MAP_ATTRIBUTION", "© OpenStreetMap contributors")

# --- applications -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "system_app",
    "system_app.crons",
    "collections_app",
    "collections_app.pb_migrations",
    "files_app",
    "auth_app",
    "realtime_app",
    "admin_ui",
    "admin_ui.apps.DashboardSiteConfig",
    "system_app.jobs.apps.QueueConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "system_app.drop_ins",
]

MIDDLEWARE = [
    "system_app.middleware.path_cleaner.PathCleanerMiddleware",
    "system_app.middleware.www_redirect.WwwRedirectMiddleware",
    "system_app.routing.serving.RoutesMiddleware",
    "system_app.middleware.cors.CorsMiddleware",
    "system_app.middleware.activity_log.ActivityLogMiddleware",
    "system_app.middleware.security_headers.SecurityHeadersMiddleware",
    "admin_ui.middleware.DashboardPagesMiddleware",
    "auth_app.authentication.TokenMiddleware",
    "admin_ui.history.middleware.HistoryMiddleware",
    "system_app.middleware.rate_limit.RateLimitMiddleware",
    "system_app.middleware.body_limit.BodyLimitMiddleware",
    "admin_ui.middleware.DashboardMiddleware",
    "system_app.routing.serving.InnermostMiddleware",
]
# The admin's checks look for Django's own classes in the list; DashboardMiddleware holds them.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]

# The contract's own limits count (system_app.middleware.body_limit), not Django's 2.5 MB for form data; and
# the dashboard's for guests (admin_ui.bounds).
DATA_UPLOAD_MAX_MEMORY_SIZE = None
DATA_UPLOAD_MAX_NUMBER_FIELDS = None
DATA_UPLOAD_MAX_NUMBER_FILES = None

ROOT_URLCONF = f"{__package__}.urls"
ASGI_APPLICATION = f"{__package__}.asgi.application"
WSGI_APPLICATION = f"{__package__}.wsgi.application"
JOEY_UNROUTED_VIEW = "system_app.views.site.site"
APPEND_SLASH = False  # the contract knows no trailing slash and answers 404 to one
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "auth_app.Superuser"
LOGIN_URL = "/_/login/"
LOGIN_REDIRECT_URL = "/_/"
AUTHENTICATION_BACKENDS = ["auth_app.superusers.SuperuserBackend", "admin_ui.staff.members.StaffBackend"]

# Whose changes of records and collections are kept for so many days: the dashboard's, or all requests'.
JOEY_HISTORY = env.text("HISTORY", "dashboard")
if JOEY_HISTORY not in {"off", "dashboard", "all"}:
    raise env.InvalidVariable(f"HISTORY: expected off, dashboard or all, got {JOEY_HISTORY!r}")
JOEY_HISTORY_DAYS = env.integer("HISTORY_DAYS", 90)

# --- the dashboard's cookies: the API never sees them, scripts neither ----------------------------

SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/_/"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Secure where the browser came by https, which `admin_ui.https` finds out request by request.
SECURE_PROXY_SSL_HEADER = ("joey.came_by", "https")
CSRF_FAILURE_VIEW = "admin_ui.error_pages.forged"

# Its feeds; no EVENTSTREAM_REDIS and no storage of events: they travel over the bus (docs/decisions/0014).
EVENTSTREAM_CHANNELMANAGER_CLASS = "realtime_app.feed_channels.FeedChannels"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Beside drop-in files, before those of apps.
        "DIRS": [JOEY_HOOKS_DIR / "views"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- databases ----------------------------------------------------------------------------------


def _sqlite(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "platform_app.database.engines.sqlite",
        "NAME": JOEY_DATA_DIR / name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # SQLite allows one writer: asking for the lock at BEGIN makes waiting writers queue for
            # `timeout` seconds instead of failing half-way, when a read transaction cannot be upgraded.
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=200000000; "
                "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000"
            ),
        },
    }


def _postgresql(address: env.PostgresAddress) -> dict[str, Any]:
    return {
        "ENGINE": "platform_app.database.engines.postgresql",
        "NAME": address.name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": address.port,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": address.options,
    }


_postgres = env.postgres_address("DATABASE_URL")
DATABASES: dict[str, dict[str, Any]] = (
    {"default": _postgresql(_postgres)}
    if _postgres
    else {"default": _sqlite("data.db"), "auxiliary": _sqlite("auxiliary.db")}
)

DATABASE_ROUTERS = ["system_app.crons.routers.QueueRouter", "platform_app.database.routers.LogRouter"]

# --- jobs: docs/decisions/0015 --------------------------------------------------------------------

MIGRATION_MODULES = {"django_q": "system_app.jobs.queue_migrations"}

# How many jobs run at once.
JOEY_JOB_WORKERS = env.integer("JOB_WORKERS", 4)
# django-q2's names. An entry that was taken and is neither done nor failed, because the machine went down,
# comes again after `retry` seconds: longer than any job may take (system_app.jobs.times.LONGEST_SECONDS), and
# so long after its minute that it is dropped. Nothing runs twice.
Q_CLUSTER = {
    "name": "joey",
    "broker_class": "system_app.jobs.broker.Queue",
    "orm": "default" if _postgres else "auxiliary",
    "poll": 1,
    "workers": JOEY_JOB_WORKERS,
    "timeout": 60 * 60,
    "retry": 25 * 60 * 60,
    "ack_failures": True,
    "max_attempts": 1,
    "scheduler": False,
}

# --- the bus between processes: docs/explanation/bus.md --------------------------------------------


def _bus_layer(url: str) -> dict[str, Any]:
    if not url:
        return {
            "BACKEND": "realtime_app.bus.unix_layer.UnixLayer",
            "CONFIG": {"directory": JOEY_DATA_DIR / ".bus"},
        }
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise env.InvalidVariable(f"BUS_URL: {error}") from error
    if parts.scheme in {"redis", "rediss"}:
        if find_spec("channels_redis") is None:
            raise env.InvalidVariable("BUS_URL: Redis needs the package channels-redis")
        # What is published on a Redis is heard by all who use it, whatever their database's number is. So the
        # number is in the names, and keeps installations apart as people expect it.
        number = parts.path.strip("/") or "0"
        return {
            "BACKEND": "realtime_app.bus.redis_layer.RedisLayer",
            "CONFIG": {"url": url, "prefix": f"joey.{number}."},
        }
    if parts.scheme in {"postgres", "postgresql"}:
        return {"BACKEND": "realtime_app.bus.postgres_layer.PostgresLayer", "CONFIG": {"url": url}}
    raise env.InvalidVariable(
        "BUS_URL: expected redis://HOST:PORT/NUMBER or postgres://USER:PASSWORD@HOST:PORT/NAME"
    )


_bus_url = env.secret("BUS_URL")
CHANNEL_LAYERS = {"default": _bus_layer(_bus_url)}
# Machines that share a Redis count requests there, too (system_app/limits/counting.py).
JOEY_REDIS_URL = _bus_url if _bus_url.startswith(("redis:", "rediss:")) else ""

# --- files --------------------------------------------------------------------------------------

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "records": {
        # In this folder, or in the bucket that the runtime settings name.
        "BACKEND": "files_app.chosen_storage.ChosenRecordStorage",
        # Readable by the server only, as the databases are. Django's own 0644 is for a web server beside it.
        "OPTIONS": {"location": JOEY_STORAGE_DIR, "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "admin_ui.static_files.VersionedStorage"},
}

# --- REST, mail, time ---------------------------------------------------------------------------

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "platform_app.requests.answers.handle_exception",
    "UNAUTHENTICATED_USER": None,
}
# The default goes by the settings' mail server, by sendmail, or here and now to the console.
EMAIL_BACKEND = env.text("EMAIL_BACKEND") or "platform_app.mail.backend.EmailBackend"
JOEY_MAIL_TO_CONSOLE = IS_DEVELOPMENT
# Of each step with a mail server, and of the whole delivery of a mail, in seconds: its thread is free again
# then.
EMAIL_TIMEOUT = 15
JOEY_MAIL_TIMEOUT = env.integer("MAIL_TIMEOUT", 60)
USE_TZ = True
TIME_ZONE = "UTC"
# For the pages of `admin_ui.pages`; everything else is in English.
USE_I18N = True
LANGUAGE_CODE = "en-us"
STATIC_URL = "/_/static/"

# On the console, what `logging` is told: for people, or as JSON with the requests beside it.
JOEY_LOG_FORMAT = env.text("LOG_FORMAT", "text")
if JOEY_LOG_FORMAT not in {"text", "json"}:
    raise env.InvalidVariable(f"LOG_FORMAT: expected text or json, got {JOEY_LOG_FORMAT!r}")
# They tell every step, some of them with secrets, once the log's level is lowered to debug.
_TALKATIVE = (
    "asyncio",
    "boto3",
    "botocore",
    "django.db",
    "django.template",
    "httpcore",
    "PIL",
    "s3transfer",
    "urllib3",
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "system_app.logs.json_lines.JsonFormatter"}}
    if JOEY_LOG_FORMAT == "json"
    else {},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "level": "WARNING"}
        if JOEY_LOG_FORMAT == "text"
        else {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"},
        # Into `_logs`; the settings say from which level on (system_app/logs/).
        "log": {"class": "system_app.logs.log_handler.LogHandler"},
    },
    "root": {"handlers": ["console", "log"], "level": "WARNING"},
    "loggers": {
        # Every 4xx is an ordinary answer, not a warning worth a line on the console; guests could fill it.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "CRITICAL"},
        **{name: {"level": "INFO"} for name in _TALKATIVE},
        # It tells every step of every job.
        "django-q": {"level": "WARNING"},
    },
}

TESTING = "pytest" in sys.modules
