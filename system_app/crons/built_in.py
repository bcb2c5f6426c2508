"""The jobs that come with the server. What they need is imported when they run: every start has to load this.

Reference: core/base.go, otp_model.go, mfa_model.go and log_query.go, PocketBase v0.39.11.
"""

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

# While a checkpoint waits for readers, nobody writes; what is left over, the next one does.
_MOST_WAIT_MILLISECONDS = 500


def optimize_databases() -> None:
    """Empty SQLite's write-ahead logs, and renew what its planner knows. PostgreSQL does so by itself."""
    for alias in settings.DATABASES:
        if connections[alias].vendor == "sqlite":
            _optimize(alias)


def _optimize(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (usual,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {_MOST_WAIT_MILLISECONDS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if alias == DEFAULT_DB_ALIAS:
                cursor.execute("PRAGMA optimize")
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")


def delete_expired_mfas() -> None:
    from auth_app.expiry import delete_expired
    from collections_app.system_names import MFAS

    delete_expired(MFAS)


def delete_expired_otps() -> None:
    from auth_app.expiry import delete_expired
    from collections_app.system_names import OTPS

    delete_expired(OTPS)


def delete_old_logs() -> None:
    """Delete the entries that are older than the settings' `logs.maxDays`; 0 keeps none."""
    from system_app.logs.retention import delete_expired

    delete_expired()


def rate_limits_schedule() -> str:
    from system_app.limits.counting import cleaning_schedule

    return cleaning_schedule()


def forget_idle_clients() -> None:
    """Forget whom rate limits have not counted for half an hour."""
    from system_app.limits.counting import clean

    clean()


def make_backup() -> None:
    from system_app.backups.automatic import run

    run()
