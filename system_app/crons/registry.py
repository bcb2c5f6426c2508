"""The server's jobs, those that come with it and your own: what to import in an app's `crons.py`.

    from system_app.crons.registry import cron

    @cron("tidy", "*/5 * * * *")
    def tidy() -> None: ...

`cron` adds a job, in place of the one with the same id; `crons` has all of them (`add`, `remove`, `all`).
"""

from platform_app.runtime_settings.current import current
from system_app.crons import built_in
from system_app.crons.jobs import Jobs
from system_app.jobs.times import LONGEST_SECONDS

# In this order they are listed (contract/system.md 6).
crons = Jobs()
crons.add("__pbDBOptimize__", "0 0 * * *", built_in.optimize_databases)
crons.add("__pbMFACleanup__", "0 * * * *", built_in.delete_expired_mfas)
crons.add("__pbOTPCleanup__", "0 * * * *", built_in.delete_expired_otps)
crons.add("__pbLogsCleanup__", "0 */6 * * *", built_in.delete_old_logs)
# Only while the settings name a schedule.
crons.add(
    "__pbAutoBackup__",
    lambda: current().data["backups"]["cron"],
    built_in.make_backup,
    timeout_seconds=LONGEST_SECONDS,
)
# Once something was counted.
crons.add("__pbRateLimitersCleanup__", built_in.rate_limits_schedule, built_in.forget_idle_clients)

cron = crons.job
