"""Django's description of this app, and of Django's admin with our site in it."""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig

from admin_ui.addresses import BACKUP_UPLOAD, RECORD_FORM
from system_app.limits.large_uploads import register_large_upload, register_record_form


class AdminUiConfig(AppConfig):
    name = "admin_ui"
    verbose_name = "Dashboard"
    default = True  # of the several classes here

    def ready(self) -> None:
        from collections_app.events import model_delete_execute

        model_delete_execute.connect(
            _forget, dispatch_uid="admin_ui.forget_staff", collection=("@auth", "_collections")
        )

        # Imported late: sessions need the models of Django's apps.
        from admin_ui.large_uploads import is_signed_in, is_signed_in_superuser

        register_large_upload(BACKUP_UPLOAD, is_signed_in_superuser)
        register_record_form(RECORD_FORM, is_signed_in)


class DashboardSiteConfig(SimpleAdminConfig):
    """`django.contrib.admin`, whose `admin.site` is the dashboard."""

    default_site = "admin_ui.site.DashboardSite"


def _forget(event: Any, **kwargs: Any) -> Iterator[None]:
    """In the transaction that deletes an account or a collection: nobody inherits what staff may do."""
    from admin_ui.staff.members import forget_account, forget_collection
    from collections_app.events import CollectionModelEvent

    yield
    if isinstance(event, CollectionModelEvent):
        forget_collection(event.collection.id)
    else:
        forget_account(event.record.id)
