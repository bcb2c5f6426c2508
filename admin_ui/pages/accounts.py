"""What superusers do with an account: mails, a token in its name, ending its tokens, its providers.

All of it goes the way that the API's routes go.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.pages.record_sheet import find_item, sheet
from admin_ui.quoting import quoted
from admin_ui.records.addresses import id_in, part_address, record_address
from admin_ui.records.listing import Place
from admin_ui.records.token_samples import samples_of
from admin_ui.unlocking import problem_of_lock
from auth_app.flows.impersonate import impersonate
from auth_app.flows.password_reset import (
    RESET_MAIL,
    ResetRequest,
    request_password_reset,
    require_resettable,
)
from auth_app.flows.response import Caller
from auth_app.flows.verification import (
    VERIFICATION_MAIL,
    VerificationRequest,
    request_verification,
    require_verifiable,
)
from auth_app.providers.registry import providers
from collections_app.collection import Collection
from collections_app.records.querying.finding import find_record
from collections_app.records.reading.listing import list_records
from collections_app.records.reading.presenting import Json, present
from collections_app.records.writing.deleting import delete_record
from collections_app.records.writing.updating import update_record
from collections_app.system_names import EXTERNAL_AUTHS
from collections_app.views.guards import require_auth_collection, require_collection
from platform_app.requests.client_ip import real_ip
from platform_app.requests.header_texts import user_agent_of
from platform_app.wire.errors import ApiError, BadRequest, NotFound

# So many linked accounts are shown of a record; there are about thirty providers.
_MOST_LINKED = 100
_LONGEST_SECONDS = 10 * 365 * 24 * 60 * 60


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def mail_page(request: HttpRequest, collection: str, record_id: str, kind: str) -> HttpResponse:
    """Asks, and sends the mail with a link: `kind` is "verification" or "password-reset"."""
    found, item = _account(request, collection, record_id)
    if kind not in {"verification", "password-reset"}:
        raise Http404
    is_reset = kind == "password-reset"
    (require_resettable if is_reset else require_verifiable)(found)
    email = str(item.get("email") or "")
    problem = ""
    if not email:
        problem = _("This account has no email address.")
    elif not is_reset and item.get("verified"):
        problem = _("The address of this account is verified already.")
    can_send = not problem
    problem = problem or problem_of_lock(request)
    if request.method == "POST" and not problem:
        record = find_record(found, str(item["id"]))
        mail = RESET_MAIL if is_reset else VERIFICATION_MAIL
        if mail.was_just_sent(found, record):
            can_send, problem = False, _("Such a mail was sent less than two minutes ago.")
        else:
            info = acting_info(request, method="POST", body={"email": email})
            if is_reset:
                is_done = request_password_reset(found, ResetRequest(email), info)
            else:
                is_done = request_verification(found, VerificationRequest(email), info)
            if is_done:
                messages.success(request, _("The mail to %(email)s is on its way.") % {"email": email})
            else:
                messages.warning(request, _("A hook stopped the mail."))
            return _back(request, found, str(item["id"]))
    title = _("Send a password reset") if is_reset else _("Send a verification mail")
    context = {"title": title, "email": email, "is_reset": is_reset, "problem": problem}
    context["can_send"] = can_send
    return sheet(request, found, item, "admin_ui/records/mail.html", **context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@answering
def impersonate_page(request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
    """A token with which somebody acts as this account; it is shown once, and kept nowhere."""
    found, item = _account(request, collection, record_id)
    said = request.POST.get("duration", "").strip()
    context: dict[str, Any] = {
        "duration": said,
        "default_seconds": found.auth.auth_token.duration_seconds,
        "problem": problem_of_lock(request),
    }
    if request.method == "POST" and not context["problem"]:
        try:
            seconds = _seconds(said)
            context["token"] = token = _token(request, found, str(item["id"]), seconds)
            context["samples"] = samples_of(request, token)
        except ApiError as error:
            context["problem"] = error.message
    return sheet(request, found, item, "admin_ui/records/impersonate.html", **context)


def _token(request: HttpRequest, collection: Collection, record_id: str, seconds: int) -> str:
    record = find_record(collection, record_id)
    if record is None:
        raise NotFound
    caller = Caller(
        info=acting_info(request, method="POST", body={"duration": seconds}),
        ip=real_ip(request),
        user_agent=user_agent_of(request),
        read_mfa_id=str,
    )
    return str(impersonate(record, seconds, caller)["token"])


def _seconds(said: str) -> int:
    """Raises BadRequest for what is no duration."""
    if not said:
        return 0
    is_number = said.isdecimal() and said.isascii() and len(said) < 12
    if not is_number or int(said) > _LONGEST_SECONDS:
        raise BadRequest(_("The duration is a number of seconds, at most ten years."))
    return int(said)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def reset_tokens_page(request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
    """Asks, and gives the account a new key: every token that it has ends."""
    found, item = _account(request, collection, record_id)
    problem = problem_of_lock(request)
    if request.method == "POST" and not problem:
        info = acting_info(request, method="PATCH", body={"tokenKey:autogenerate": ""})
        try:
            update_record(found, str(item["id"]), info=info, uploads={}, keeps_dangling=True)
        except BadRequest as error:
            problem = error.message
        else:
            messages.success(request, _("All tokens of this account have ended."))
            return _back(request, found, str(item["id"]))
    context = {"problem": problem, "is_me": str(item["id"]) == str(request.user.pk)}
    return sheet(request, found, item, "admin_ui/records/reset_tokens.html", **context)


@dataclass(frozen=True)
class Linked:
    """An account elsewhere that signs this one in."""

    id: str
    provider: str
    provider_id: str
    created: str
    address: str


@require_safe
@answering
def providers_page(request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
    found, item = _account(request, collection, record_id)
    linked = [_linked(request, found, str(item["id"]), one) for one in _links(request, found, item)]
    return sheet(request, found, item, "admin_ui/records/providers.html", linked=linked)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def unlink_page(request: HttpRequest, collection: str, record_id: str, link_id: str) -> HttpResponse:
    """Asks, and takes the link to a provider away."""
    found, item = _account(request, collection, record_id)
    link = next((one for one in _links(request, found, item) if one["id"] == id_in(link_id)), None)
    if link is None:
        raise NotFound
    linked = _linked(request, found, str(item["id"]), link)
    problem = problem_of_lock(request)
    if request.method == "POST" and not problem:
        try:
            info = acting_info(request, method="DELETE")
            delete_record(require_collection(EXTERNAL_AUTHS), linked.id, info=info)
        except NotFound:
            raise
        except ApiError as error:
            problem = error.message
        else:
            messages.success(request, _("%(provider)s is unlinked.") % {"provider": linked.provider})
            address = part_address("record_providers", found, str(item["id"]))
            return HttpResponseRedirect(address + Place.read(found, request.GET).query)
    return sheet(request, found, item, "admin_ui/records/unlink.html", linked=linked, problem=problem)


def _links(request: HttpRequest, collection: Collection, item: Json) -> list[Json]:
    """The records of `_externalAuths` that are this account's, the oldest first."""
    params = {
        "filter": f"collectionRef = {quoted(collection.id)} && recordRef = {quoted(str(item['id']))}",
        "perPage": str(_MOST_LINKED),
        "skipTotal": "1",
        "sort": "created",
    }
    info = acting_info(request, query=params)
    page = list_records(require_collection(EXTERNAL_AUTHS), info=info, params=params)
    return present(page.records, info)


def _linked(request: HttpRequest, collection: Collection, record_id: str, item: Json) -> Linked:
    known = providers().get(str(item["provider"]))
    link_id = str(item["id"])
    return Linked(
        id=link_id,
        provider=known.display_name if known else str(item["provider"]),
        provider_id=str(item["providerId"]),
        created=str(item["created"])[:16],
        address=part_address("unlink_provider", collection, record_id, link_id)
        + Place.read(collection, request.GET).query,
    )


def _account(request: HttpRequest, collection: str, record_id: str) -> tuple[Collection, Json]:
    found = require_auth_collection(collection)
    return found, find_item(request, found, id_in(record_id))


def _back(request: HttpRequest, collection: Collection, record_id: str) -> HttpResponse:
    return HttpResponseRedirect(
        record_address(collection, record_id) + Place.read(collection, request.GET).query
    )
