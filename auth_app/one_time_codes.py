"""The rows of `_otps`: codes for one sign-in each."""

from auth_app.system_collections import system_collection
from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.records.writing.submitted import new_record
from collections_app.system_names import OTPS
from platform_app.database.ids import random_text

_DIGITS = "1234567890"


def new_code(collection: Collection) -> str:
    """Random digits, as many as the collection's codes have."""
    return random_text(collection.auth.otp.length, _DIGITS)


def code_for(collection: Collection, record_id: str, password: str) -> Record:
    """The row for a code of one of the collection's records, which is not stored yet."""
    otp = new_record(system_collection(OTPS))
    otp["collectionRef"] = collection.id
    otp["recordRef"] = record_id
    otp["password"] = password
    return otp
