"""One-time codes: asking for one by mail, and signing in with it.

Reference: contract/auth.md 7; apis/record_auth_otp_request.go, record_auth_with_otp.go, PocketBase v0.39.11.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from auth_app import throttles
from auth_app.accounts import find_by_email, set_random_password
from auth_app.events import (
    RecordAuthWithOTPEvent,
    RecordRequestOTPEvent,
    record_auth_with_otp_request,
    record_request_otp_request,
)
from auth_app.expiry import has_expired
from auth_app.flows.checking import email_error, length_error, refuse
from auth_app.flows.response import Caller, auth_response
from auth_app.mails import log_unsent, send_otp
from auth_app.one_time_codes import code_for, new_code
from auth_app.redeeming import Spent, use_up
from auth_app.system_collections import system_collection
from collections_app import passwords
from collections_app.collection import Collection
from collections_app.fields.password_field import Password
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.records.writing.auth_records import owned_by
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.write_sql import stored_columns
from collections_app.request_info import RequestInfo
from collections_app.system_names import OTPS
from platform_app.database.ids import new_record_id
from platform_app.database.transactions import unit_of_work
from platform_app.requests.held_answers import beside_answer
from platform_app.runtime_settings.row import saved_at
from platform_app.wire.errors import BadRequest, Forbidden, RecordGone, TooManyRequests

logger = logging.getLogger(__name__)

_MOST_LIVE_CODES = 10
_MOST_ATTEMPTS = 5
_ATTEMPTS_SECONDS = 180
_MOST_CODE_BYTES = 71


@dataclass(frozen=True)
class CodeRequest:
    """Who wants a code."""

    email: str


@dataclass(frozen=True)
class Code:
    """Which code was sent, and what was typed."""

    otp_id: str = field(metadata={"element": "OTPId"})
    password: str


def require_otp_auth(collection: Collection) -> None:
    """Raises Forbidden when nobody of `collection` may sign in with a code."""
    if not collection.auth.otp.enabled:
        raise Forbidden("The collection is not configured to allow OTP authentication.")


# --- asking for a code --------------------------------------------------------------------------------


def request_otp(collection: Collection, wanted: CodeRequest, info: RequestInfo) -> dict[str, str] | None:
    """`{"otpId": ...}`, for an unknown address a made up one; the code leaves by mail beside the answer.

    None when a hook stopped the request. Raises BadRequest for what is no address.
    """
    refuse(email=email_error(wanted.email))
    event = RecordRequestOTPEvent(
        collection=collection,
        info=info,
        record=find_by_email(collection, wanted.email),
        password=new_code(collection),
    )
    answer: dict[str, str] | None = record_request_otp_request.trigger(event, lambda: _code_for(event))
    return answer


def _code_for(event: RecordRequestOTPEvent) -> dict[str, str]:
    record, password = event.record, event.password
    # For nobody as well: hashing takes its time, from which others could tell.
    otp = code_for(event.collection, record.id if record else "", password)
    if isinstance(otp["password"], Password):
        _ = otp["password"].hash  # before a transaction opens
    if record is None:
        logger.debug("somebody without a record in %s asked for a code", event.collection.name)
        return {"otpId": new_record_id()}
    live = _stored(otp, record)
    if live is not None:
        return {"otpId": live.id}

    def sent(address: str) -> None:
        _note_address(otp.id, address)

    def then(error: Exception | None) -> None:
        if error is not None:
            log_unsent("one-time code", record, error)
            delete_stored_record(otp, must_exist=False)

    beside_answer(lambda: send_otp(record, otp.id, password, sent=sent), then)
    return {"otpId": otp.id}


def _stored(otp: Record, record: Record) -> Record | None:
    """Store the code; when the record has too many that live, nothing is, and the last of those returned."""
    with unit_of_work():
        stored_columns(record, record.id, ("id",))  # nobody else counts its codes meanwhile
        seconds = record.collection.auth.otp.duration_seconds
        live = [one for one in owned_by(record, (OTPS,)) if not has_expired(one["created"], seconds)]
        if len(live) >= _MOST_LIVE_CODES and not settings.DEBUG:
            logger.warning("%r asks for too many codes, it gets the last one again", record)
            return live[-1]
        save_record(otp)
    return None


def _note_address(otp_id: str, address: str) -> None:
    """Remember where the code went: who comes back with it has shown that the address is theirs."""
    otp = find_record(system_collection(OTPS), otp_id)
    if otp is None or otp["sentTo"]:
        return
    otp["sentTo"] = address
    try:
        save_record(otp)
    except RecordGone:
        return  # used already
    except Exception:
        logger.exception("the address that the code %s went to was not stored", otp_id)


# --- signing in with it -------------------------------------------------------------------------------


def sign_in_with_otp(collection: Collection, code: Code, caller: Caller) -> dict[str, Any] | None:
    """The auth response for a code, which is used up whatever comes then.

    Who so shows that the address is theirs is verified. Raises BadRequest for a code that is malformed, wrong
    or old, TooManyRequests after too many attempts, and what `auth_response` raises.
    """
    refuse(otpId=length_error(code.otp_id), password=length_error(code.password, most=_MOST_CODE_BYTES))
    otp, record = _find(collection, code.otp_id)
    # As the counts of rate limits, that of attempts begins anew when the settings are saved.
    attempts = f"otp:{saved_at()}:{record.id}:{caller.ip}"
    if not throttles.take(attempts, most=_MOST_ATTEMPTS, seconds=_ATTEMPTS_SECONDS):
        raise TooManyRequests("Too many attempts, please try again later with a new OTP.")
    if not passwords.matches(code.password, otp["password"]):
        raise _invalid()
    event = RecordAuthWithOTPEvent(collection=collection, info=caller.info, record=record, otp=otp)

    def answer() -> dict[str, Any]:
        try:
            use_up(event.otp)
        except Spent as error:
            raise _invalid() from error
        _verify_by(event.otp, event.record)
        return auth_response(event.record, caller.seen_by(event), method="otp")

    response: dict[str, Any] | None = record_auth_with_otp_request.trigger(event, answer)
    return response


def _find(collection: Collection, otp_id: str) -> tuple[Record, Record]:
    """The code and its record. Raises BadRequest, without telling what is wrong."""
    otp = find_record(system_collection(OTPS), otp_id)
    if otp is None or otp["collectionRef"] != collection.id:
        raise _invalid()
    record = find_record(collection, otp["recordRef"])
    if record is None or has_expired(otp["created"], collection.auth.otp.duration_seconds):
        raise _invalid()
    return otp, record


def _verify_by(otp: Record, record: Record) -> None:
    """Mark a record as verified whose code went to its address.

    Somebody else may have made the record with that address before: where no other factor is asked for, the
    password that they know goes. A failure keeps nobody out.
    """
    if record["verified"] or not otp["sentTo"] or otp["sentTo"] != record["email"]:
        return
    record["verified"] = True
    if not record.collection.auth.mfa.enabled:
        set_random_password(record)
    try:
        save_record(record)
    except Exception:
        logger.exception("%r was not marked as verified", record)


def _invalid() -> BadRequest:
    return BadRequest("Invalid or expired OTP.")
