"""Settings of a project that was there before Joey. What came with Joey is marked."""

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "of an example, and nobody's"
DEBUG = True
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "shop",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # Joey's
    "system_app",
    "system_app.crons",
    "system_app.jobs.apps.QueueConfig",
    "collections_app",
    "collections_app.pb_migrations",
    "files_app",
    "auth_app",
    "realtime_app",
]

MIDDLEWARE = [
    "system_app.middleware.api.ApiMiddleware",  # Joey's
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "bookshop.urls"
AUTH_USER_MODEL = "shop.Customer"
WSGI_APPLICATION = "bookshop.wsgi.application"
ASGI_APPLICATION = "joey_config.asgi.application"  # Joey's: with lanes and realtime

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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

DATABASES = {
    "default": {
        "ENGINE": "platform_app.database.engines.sqlite",  # Joey's; on PostgreSQL Django's own stays
        "NAME": BASE_DIR / "db.sqlite3",
    }
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # Joey's: its routes have limits of their own
STATIC_URL = "static/"
USE_TZ = True
