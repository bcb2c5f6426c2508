"""What an installation runs on, and what is wrong with it, for people who ask for help or give it.

A check is a function in CHECKS that yields findings. It changes nothing, makes nothing, and tells no secret:
no password, no key, nothing that a record or a setting holds.
"""

import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.db import DatabaseError, connection

from collections_app.collection import Collection
from collections_app.fields.options import MalformedOptions
from collections_app.models import StoredCollection
from collections_app.records.storage import ALIAS
from files_app.chosen_storage import ChosenRecordStorage
from platform_app.database.data_directory import (
    DataDirectoryUnusable,
    check_database,
    engine_description,
    migrations_on_disk,
    recorded_migrations,
    unwritable_paths,
)
from platform_app.database.sqlite_driver import IS_OWN, sqlite3
from platform_app.mail.backend import described_way
from platform_app.mail.errors import NoMailer
from platform_app.runtime_settings.current import current
from platform_app.wire.patterns.matching import IS_RE2
from system_app.adopting.trying_views import broken_views
from system_app.examining import asking, directory, operation, saved
from system_app.examining.finding import Finding, Kind
from system_app.tls.attempts import last_attempts
from system_app.tls.certificates import Certificates
from system_app.tls.names import NoDomain, served_names

# RETURNING, which writes use.
_OLDEST_SQLITE = (3, 35)


def examine(*, asks: bool = False) -> Iterator[Finding]:
    """Everything that the checks find; a database that is not there, or unreadable, is not asked further.

    With `asks` the servers that the settings name are asked, too.
    """
    for check in CHECKS:
        yield from check()
    if _is_new():
        yield Finding("Database", "none yet: serve makes it")
        return
    try:
        check_database()
    except DataDirectoryUnusable as error:
        advice = (
            "look at the disk and the file, or restore a backup" if _is_file() else "look at DATABASE_URL"
        )
        yield Finding("Database", str(error), "wrong", advice)
        return
    for check in DATABASE_CHECKS:
        yield from check()
    if not _has_settings():
        return  # told by `_settings`, or there are no tables yet
    for check in (*SETTINGS_CHECKS, *(ASKING_CHECKS if asks else ())):
        yield from check()


def _versions() -> Iterator[Finding]:
    yield Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Finding("Django", django.__version__)


def _sqlite() -> Iterator[Finding]:
    origin = f"pysqlite3 {version('pysqlite3')}" if IS_OWN else "Python's own; pysqlite3 is not installed"
    yield Finding(
        "SQLite",
        f"{sqlite3.sqlite_version} ({origin})",
        "wrong" if connection.vendor == "sqlite" and sqlite3.sqlite_version_info < _OLDEST_SQLITE else "",
        "install pysqlite3, or a Python with SQLite 3.35 or newer",
    )


def _patterns() -> Iterator[Finding]:
    found_by = (
        f"RE2 (google-re2 {version('google-re2')})" if IS_RE2 else "Joey's own matcher, which is slower"
    )
    yield Finding("Patterns", f"{found_by}{'' if IS_RE2 else '; google-re2 is not installed'}")


def _data_directory() -> Iterator[Finding]:
    folder = Path(settings.JOEY_DATA_DIR)
    if not folder.exists():
        yield Finding("Directory", f"{folder} does not exist yet: serve makes it")
        return
    if not folder.is_dir():
        yield Finding("Directory", f"{folder} is not a directory", "wrong", "let DATA_DIR name a directory")
        return
    yield Finding("Directory", str(folder))
    for path in unwritable_paths():
        advice = "give it to the user that the server runs as: chown -R USER, or chmod u+w"
        yield Finding("Directory", f"{path} cannot be written to", "wrong", advice)
    for check in DIRECTORY_CHECKS:
        yield from check()


def _certificates() -> Iterator[Finding]:
    if not settings.JOEY_HTTPS_ADDRESS:
        return
    try:
        names = served_names(settings.JOEY_DOMAINS, settings.JOEY_HTTPS_ADDRESS)
    except NoDomain as error:
        yield Finding("HTTPS", str(error), "wrong", "name this machine's names in DOMAINS")
        return
    folder = Path(settings.JOEY_CERTIFICATES_DIR)
    certificates, attempts = Certificates(folder, names.all), last_attempts(folder)
    for name in names.all:
        validity, attempt = certificates.validity(name), attempts.get(name)
        has = f"{name} has a certificate until {validity.ends:%Y-%m-%d}" if validity else f"{name} has none"
        why = f"; there is no new one: {attempt.why}" if attempt else ""
        is_over = validity is None or validity.ends <= datetime.now(UTC)
        kind: Kind = "wrong" if is_over and name in names.asked else "warning" if attempt else ""
        advice = "ports 80 and 443 must lead here, and the name be this machine's in the DNS"
        yield Finding("HTTPS", has + why, kind, advice if kind else "")


def _is_new() -> bool:
    """Whether there is no database: asking SQLite would make one."""
    return connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists()


def _database() -> Iterator[Finding]:
    own = connection.settings_dict
    name = (
        own["NAME"] if connection.vendor == "sqlite" else f"{own['NAME']} on {own['HOST'] or 'this machine'}"
    )
    yield Finding("Database", f"{engine_description()}, {name}")
    missing = migrations_on_disk() - recorded_migrations()
    text = f"{len(missing)} to apply: serve does it" if missing else "all applied"
    yield Finding("Migrations", text)


def _settings() -> Iterator[Finding]:
    try:
        current()
    except ImproperlyConfigured as error:
        advice = "set SETTINGS_ENCRYPTION_KEY to the key that they were saved with"
        yield Finding("Settings", str(error), "wrong", advice)
    except DatabaseError:
        return  # a database without our tables, which the migrations will bring
    else:
        yield Finding("Settings", "can be read")


def _mail() -> Iterator[Finding]:
    try:
        yield Finding("Mail", f"leaves by {described_way(current().smtp)}")
    except (NoMailer, ImportError) as error:
        yield Finding("Mail", str(error))
    except (ImproperlyConfigured, DatabaseError):
        return  # told by `_settings`


def _files() -> Iterator[Finding]:
    try:
        storage = storages[ALIAS]
        if isinstance(storage, ChosenRecordStorage):
            where = "a bucket" if storage.is_remote else str(storage.local.location)
        else:
            where = f"{type(storage).__module__}.{type(storage).__qualname__}, which STORAGES names"
        yield Finding("Files", f"in {where}")
    except (ImproperlyConfigured, DatabaseError):
        return  # told by `_settings`


def _collections() -> Iterator[Finding]:
    collections: list[Collection] = []
    try:
        for row in StoredCollection.objects.all():
            collections.append(row.as_collection())
    except DatabaseError:
        return
    except (MalformedOptions, ValueError, KeyError, TypeError) as error:
        advice = "restore a backup in which it can be"
        yield Finding("Collections", f"{row.name} cannot be read: {error}", "wrong", advice)
        return
    views = sum(collection.is_view for collection in collections)
    yield Finding("Collections", f"{len(collections) - views} with tables, {views} views")
    for view in broken_views(collections):
        yield Finding("Collections", str(view), "wrong", "change the view's query, or delete it")


def _has_settings() -> bool:
    try:
        current()
    except (ImproperlyConfigured, DatabaseError):
        return False
    return True


def _is_file() -> bool:
    return connection.vendor == "sqlite"


Check = Callable[[], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (_versions, _sqlite, _patterns, _data_directory, _certificates)
DIRECTORY_CHECKS: tuple[Check, ...] = (
    directory.permissions,
    directory.owners,
    directory.room,
    directory.leftovers,
)
DATABASE_CHECKS: tuple[Check, ...] = (_database, _settings, _mail, _files, _collections)
SETTINGS_CHECKS: tuple[Check, ...] = (
    directory.clock,
    operation.superusers,
    operation.limits,
    operation.descriptors,
    operation.address,
    operation.sender,
    operation.encryption,
    operation.logs,
    operation.development,
    saved.backups,
    saved.tools,
)
ASKING_CHECKS: tuple[Check, ...] = (asking.mail_server, asking.buckets)
