"""Who is signed in to the dashboard: a superuser, or somebody of the staff; and whose accounts those are."""

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from admin_ui.models import CollectionRight, StaffMember
from auth_app.flows.password import Credentials, find_by_identity
from auth_app.superusers import superusers_collection
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.system_names import SUPERUSERS
from platform_app.wire.errors import ApiError


class StaffBackend(BaseBackend):
    """Whose session it is. Like that of superusers it signs nobody in: that is `admin_ui.sign_in`."""

    def get_user(self, user_id: str) -> StaffMember | None:  # type: ignore[override]  # to Django any user will do
        member = StaffMember.objects.filter(pk=user_id, is_active=True).first()
        return member if member is not None and member.record is not None else None


def member_of(request: HttpRequest) -> StaffMember | None:
    """Who has signed in, if that is somebody of the staff; None for superusers and guests."""
    user: object = getattr(request, "user", None)
    # What the middleware puts there is a lazy object: it says of which class the user is.
    return user if isinstance(user, StaffMember) else None


def active_member(record: Record) -> StaffMember | None:
    """The member that signs in with this record."""
    member = StaffMember.objects.filter(
        pk=record.id, collection_id=record.collection.id, is_active=True
    ).first()
    if member is not None:
        member.record = record
    return member


def signing_in(identity: str) -> Collection:
    """The collection that somebody of this identity signs in to the dashboard with.

    Superusers go first, and nobody else than staff is looked for: whoever is unknown is an unknown superuser.
    """
    superusers = superusers_collection()
    if _named(superusers, identity) is None:
        for collection in staff_collections():
            record = _named(collection, identity) if collection.auth.password.enabled else None
            if record is not None and active_member(record) is not None:
                return collection
    return superusers


def is_door(collection: Collection) -> bool:
    """Whether somebody signs in to the dashboard with records of it."""
    return collection.name == SUPERUSERS or collection in staff_collections()


def staff_collections() -> list[Collection]:
    """Those that active members are in."""
    ids = set(StaffMember.objects.filter(is_active=True).values_list("collection_id", flat=True))
    return [collection for collection in catalog().auth_collections if collection.id in ids]


def forget_account(record_id: str) -> None:
    """The record is gone: whoever makes another one with its id is no staff."""
    StaffMember.objects.filter(pk=record_id).delete()


def forget_collection(collection_id: str) -> None:
    """The same for a collection, whose id is that of the next one with its name."""
    StaffMember.objects.filter(collection_id=collection_id).delete()
    CollectionRight.objects.filter(collection_id=collection_id).delete()


def _named(collection: Collection, identity: str) -> Record | None:
    try:
        return find_by_identity(collection, Credentials(identity, ""))
    except ApiError:
        return None  # a field without a unique index names nobody
