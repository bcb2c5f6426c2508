"""Django's description of this app, and of Django's admin with our site in it."""

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig

from admin_ui.addresses import BACKUP_UPLOAD
from system_app.limits.large_uploads import register_large_upload


class AdminUiConfig(AppConfig):
    name = "admin_ui"
    default = True  # of the several classes here

    def ready(self) -> None:
        # Imported late: sessions need the models of Django's apps.
        from admin_ui.large_uploads import has_signed_in

        register_large_upload(BACKUP_UPLOAD, has_signed_in)


class DashboardSiteConfig(SimpleAdminConfig):
    """`django.contrib.admin`, whose `admin.site` is the dashboard."""

    default_site = "admin_ui.site.DashboardSite"
