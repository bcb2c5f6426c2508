"""The routes that superusers operate the system with, below `api/`."""

from django.urls import path

from platform_app.requests.activity import skip_success_activity_log
from system_app.views.apple_secret import AppleSecret
from system_app.views.backups import BackupFile, BackupRestore, Backups, BackupUpload
from system_app.views.crons import CronList, CronRun
from system_app.views.logs import LogDetail, LogList, LogStats
from system_app.views.settings import Settings, SettingsTestEmail, SettingsTestS3
from system_app.views.sql_console import SqlConsole

urlpatterns = [
    path("crons", CronList.as_view()),
    path("crons/<str:job_id>", CronRun.as_view()),
    path("settings", Settings.as_view()),
    path("settings/test/email", SettingsTestEmail.as_view()),
    path("settings/test/s3", SettingsTestS3.as_view()),
    path("settings/apple/generate-client-secret", AppleSecret.as_view()),
    path("logs", skip_success_activity_log(LogList.as_view())),
    path("logs/stats", skip_success_activity_log(LogStats.as_view())),
    path("logs/<str:log_id>", skip_success_activity_log(LogDetail.as_view())),
    path("backups", Backups.as_view()),
    path("backups/upload", BackupUpload.as_view(), {"key": "upload"}),
    path("backups/<str:key>", BackupFile.as_view()),
    path("backups/<str:key>/restore", BackupRestore.as_view()),
    path("sql", SqlConsole.as_view()),
]
