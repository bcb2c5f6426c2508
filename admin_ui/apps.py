"""Django's description of this app, and of Django's admin with our site in it."""

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class AdminUiConfig(AppConfig):
    name = "admin_ui"
    default = True  # of the several classes here


class DashboardSiteConfig(SimpleAdminConfig):
    """`django.contrib.admin`, whose `admin.site` is the dashboard."""

    default_site = "admin_ui.site.DashboardSite"
