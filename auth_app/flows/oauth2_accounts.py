"""Whose account somebody at a provider is: found, kept from being taken over, and linked.

Reference: contract/auth.md 10.1 and 10.4; apis/record_auth_with_oauth2.go, PocketBase v0.39.11.
"""

from dataclasses import dataclass

from auth_app.accounts import find_by_email
from auth_app.providers.user import OAuth2User
from auth_app.system_collections import system_collection
from collections_app.collection import Collection
from collections_app.fields.password_field import Password
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.finding import find_record
from collections_app.records.querying.reference_sql import linked_account_sql
from collections_app.records.record import Record
from collections_app.records.writing.auth_records import owned_by
from collections_app.records.writing.locking_sql import lock_sign_up, taken_row
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from collections_app.system_names import EXTERNAL_AUTHS
from platform_app.database.rows import fetch_one
from platform_app.wire.errors import NotFound


@dataclass(frozen=True)
class Search:
    """What an account is looked for by: who somebody is at a provider, and here, if they are signed in."""

    collection: Collection
    provider_name: str
    provider_id: str
    email: str
    auth: Record | None

    @property
    def names(self) -> tuple[str, ...]:
        """What no two transactions may look for at once, as either could make the account."""
        scope = self.collection.id
        by_id = f"{scope} {self.provider_name} {self.provider_id}"
        return (by_id, f"{scope} {self.email.lower()}") if self.email else (by_id,)

    def is_own(self, record: Record) -> bool:
        """Whether `record` is who asks, still: their session may have ended while the provider was asked."""
        auth, stored = self.auth, record.original
        return (
            auth is not None
            and stored is not None
            and (auth.collection.id, auth.id) == (record.collection.id, record.id)
            and auth["tokenKey"] == stored["tokenKey"]
        )


@dataclass(frozen=True)
class Candidate:
    """The account that was found, None for somebody new; and whether a link led to it."""

    record: Record | None
    is_linked: bool = False


def find_candidate(search: Search) -> Candidate:
    """Who is linked comes first, whoever asks; then who asks; then who has the email.

    Raises NotFound when the linked record is gone.
    """
    collection = search.collection
    links = system_collection(EXTERNAL_AUTHS)
    linked = fetch_one(
        *linked_account_sql(
            links, collection.id, provider=search.provider_name, provider_id=search.provider_id
        )
    )
    if linked is not None:
        record = find_record(collection, decode_rows(links, (linked,))[0]["recordRef"])
        if record is None:
            raise NotFound
        return Candidate(record, is_linked=True)
    if search.auth is not None and search.auth.collection.id == collection.id:
        # Read anew: what the request came with may be shared with others, and old.
        record = find_record(collection, search.auth.id)
        if record is not None and search.is_own(record):
            return Candidate(record)
    return Candidate(find_by_email(collection, search.email) if search.email else None)


def taken_candidate(search: Search) -> Candidate:
    """The same, and nobody else changes, links or makes the account until the transaction ends."""
    lock_sign_up(search.names)
    while True:
        found = find_candidate(search)
        if found.record is None or found.record.stored_row == taken_row(search.collection, found.record.id):
            return found


def bring_up_to_date(
    record: Record, user: OAuth2User, *, is_own: bool, is_linked: bool, unknown_password: Password
) -> bool:
    """Take over what the provider vouches for; returns whether the record is linked still.

    Whoever made an unverified account may not be who comes now: their password, sessions and links end. Runs
    in the transaction of the sign-in. Raises Invalid.
    """
    is_changed = False
    if not record["verified"]:
        if not is_own:
            record.values["password"] = unknown_password.hash  # a mere hash is not checked
            is_changed = True
        for before in owned_by(record, (EXTERNAL_AUTHS,)):
            delete_stored_record(before, must_exist=False)
        is_linked = False
    if not record["email"] and user.email:
        record["email"] = user.email
        is_changed = True
    if not record["verified"] and record["email"] in {"", user.email}:
        record["verified"] = True
        is_changed = True
    if is_changed:
        save_record(record)
    return is_linked


def link(record: Record, provider_name: str, provider_id: str) -> None:
    """Raises Invalid when somebody else is linked, or the record has another account there."""
    linked = new_record(system_collection(EXTERNAL_AUTHS))
    linked["collectionRef"] = record.collection.id
    linked["recordRef"] = record.id
    linked["provider"] = provider_name
    linked["providerId"] = provider_id
    save_record(linked)
