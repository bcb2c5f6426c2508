"""The models that apps put into the dashboard by their `admin.py`, as Django's admin finds them."""

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.module_loading import autodiscover_modules


def discover_models() -> None:
    """Called with the first request for the dashboard, so that the start does not wait for its pages.

    Groups are on a page of ours, with rights that Django knows nothing of, and so are jobs.
    """
    autodiscover_modules("admin", register_to=admin.site)
    jobs = apps.get_app_config("django_q").get_models() if apps.is_installed("django_q") else ()
    admin.site.unregister([model for model in (Group, *jobs) if admin.site.is_registered(model)])
