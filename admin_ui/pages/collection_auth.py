"""The options of an auth collection: how its records sign in, with which providers, its mails and tokens."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.collection.mail_cards import mail_cards, new_secrets, templates_of
from admin_ui.collection.option_form import OptionForm
from admin_ui.collection.providers import (
    Json,
    blank_provider,
    chosen_providers,
    linked_accounts,
    linked_words,
    offered_providers,
    provider_card,
    sent_provider,
    shown_provider,
    stored_providers,
    with_provider,
    without_provider,
)
from admin_ui.collection.saving import edited_collection, save
from admin_ui.collection.sign_in_cards import sign_in_cards
from admin_ui.pages.collection_frame import frame_context, saved_or_reviewed, wants_form
from auth_app import mails
from auth_app.providers.apple_secret import (
    AppleSecretForm,
    UnusableKey,
    form_errors,
    generate_apple_secret,
)
from auth_app.providers.registry import providers as known_providers
from collections_app.auth_options import MailTemplate
from collections_app.collection import Collection
from collections_app.definitions.definition_json import complete_options
from collections_app.records.reading.listing import list_records
from collections_app.records.record import Record
from platform_app.wire.errors import ApiError, BadRequest, Invalid, NotFound, sentences
from system_app.settings.trial_mail import TrialMail, made_up_record, send_trial_mail

_SIGN_IN, _MAILS = "edit_collection_auth", "edit_collection_mails"
# A mail is a document of its own: nothing of it runs, and it is nobody's page.
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:"
_APPLE_SECONDS = 15_777_000  # half a year, the most that Apple takes


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def sign_in_tab(request: HttpRequest, collection: str) -> HttpResponse:
    """`collections/NAME/edit/auth/`."""
    found = _auth_collection(collection)
    options = complete_options("auth", found.options)
    form = OptionForm(sign_in_cards(found, options, chosen_providers(found)), options)
    return _tab(request, found, form, _SIGN_IN, lambda: form.changes())


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def mails_tab(request: HttpRequest, collection: str) -> HttpResponse:
    """`collections/NAME/edit/mails/`."""
    found = _auth_collection(collection)
    options = complete_options("auth", found.options)
    form = OptionForm(mail_cards(found, options), options)

    def changes() -> Json:
        said = form.changes()
        for key, secret in new_secrets(form.ticked()).items():
            said[key] |= secret
        return said

    trials = {name: template.title for name, template in templates_of(found).items()}
    return _tab(request, found, form, _MAILS, changes, trials=trials, trial_to=request.user.get_username())


@require_safe
@answering
def provider_list(request: HttpRequest, collection: str) -> HttpResponse:
    """`collections/NAME/edit/auth/providers/`: those that may be added, looked for with `?q=`."""
    found = _auth_collection(collection)
    search = request.GET.get("q", "")
    offered = offered_providers(found, search)
    context = frame_context(request, found, "auth", offered=offered, search=search)
    return render(request, "admin_ui/collection/providers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def provider_page(request: HttpRequest, collection: str, name: str) -> HttpResponse:
    """`collections/NAME/edit/auth/providers/PROVIDER/`. Raises NotFound for one that nobody knows."""
    found = _auth_collection(collection)
    known = known_providers().get(name)
    if known is None:
        raise NotFound
    stored = next((one for one in stored_providers(found) if one["name"] == name), None)
    member = stored or blank_provider(name)
    card = provider_card(known, has_secret=bool(member["clientSecret"]))
    form = OptionForm([card], shown_provider(member))
    more: Json = {"card": card, "known": known, "is_stored": stored is not None, "apple": {}}
    if request.method == "POST":
        form.read(request.POST)
        if request.POST.get("do") == "secret":
            more["apple"] = _apple_secret(request, form)
        elif not wants_form(request):
            try:
                changes = with_provider(found, sent_provider(member, form.changes()))
                return saved_or_reviewed(request, found, changes, _SIGN_IN)
            except BadRequest as error:
                place = len(stored_providers(found)) if stored is None else _place(found, name)
                form.tell(error, below=f"oauth2.providers.{place}.")
    context = frame_context(
        request, found, "auth", problem=form.problem, other_errors=form.other_errors, **more
    )
    return render(request, "admin_ui/collection/provider.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def remove_provider(request: HttpRequest, collection: str, name: str) -> HttpResponse:
    """Ask, and then take the provider away; the links of its accounts stay, and wait for it."""
    found = _auth_collection(collection)
    chosen = next((one for one in chosen_providers(found) if one.name == name), None)
    if chosen is None:
        raise NotFound
    problem = ""
    if request.method == "POST":
        try:
            save(request, found, without_provider(found, name))
        except ApiError as error:
            problem = error.message
        else:
            messages.success(request, gettext("Removed {provider}.").format(provider=chosen.title))
            return HttpResponseRedirect(reverse(f"admin:{_SIGN_IN}", args=[found.name]))
    linked = linked_words(linked_accounts(found, name))
    context = frame_context(request, found, "auth", chosen=chosen, linked=linked, problem=problem)
    return render(request, "admin_ui/collection/remove_provider.html", context)


@require_POST
@answering
def mail_preview(request: HttpRequest, collection: str, template: str) -> HttpResponse:
    """The mail that the sent subject and body make for the newest record, or for a made-up one."""
    found = _auth_collection(collection)
    known = templates_of(found).get(template)
    if known is None:
        raise NotFound
    sent = MailTemplate(
        request.POST.get(f"{known.path}.subject", ""), request.POST.get(f"{known.path}.body", "")
    )
    placeholders = {"{TOKEN}": "TOKEN", "{OTP}": "123456", "{OTP_ID}": "OTP_ID", "{ALERT_INFO}": "–"}
    mail = mails.compose(_somebody(request, found), sent, placeholders)
    page = f'<!doctype html><meta charset="utf-8"><title>{escape(mail.subject)}</title>{mail.html}'
    return HttpResponse(page, headers={"Content-Security-Policy": _MAIL_POLICY})


@require_POST
@answering
def send_trial(request: HttpRequest, collection: str) -> HttpResponse:
    """Send one of the collection's mails to an address; runs in the lane `waiting`."""
    found = _auth_collection(collection)
    wanted = TrialMail(request.POST.get("email", ""), request.POST.get("template", ""), found.name)
    try:
        send_trial_mail(wanted)
    except Invalid as error:
        messages.error(request, " ".join(sentences(error.errors)))
    except Exception as error:  # noqa: BLE001 - whatever a server, a backend or a receiver says is for who asks
        messages.error(request, gettext("It was not sent: %s") % error)
    else:
        messages.success(request, gettext("Sent to %s.") % wanted.email)
    return HttpResponseRedirect(reverse(f"admin:{_MAILS}", args=[found.name]))


def _tab(
    request: HttpRequest,
    collection: Collection,
    form: OptionForm,
    view: str,
    changes: Callable[[], Json],
    **more: Any,
) -> HttpResponse:
    if request.method == "POST":
        form.read(request.POST)
        if not wants_form(request):
            try:
                return saved_or_reviewed(request, collection, changes(), view)
            except BadRequest as error:
                form.tell(error)
    key = "auth" if view == _SIGN_IN else "mails"
    context = frame_context(
        request,
        collection,
        key,
        cards=form.cards,
        problem=form.problem,
        other_errors=form.other_errors,
        **more,
    )
    return render(request, f"admin_ui/collection/{key}.html", context)


def _auth_collection(name: str) -> Collection:
    """Raises NotFound for one of another type, and what `edited_collection` raises."""
    found = edited_collection(name)
    if not found.is_auth:
        raise NotFound
    return found


def _place(collection: Collection, name: str) -> int:
    return [one["name"] for one in stored_providers(collection)].index(name)


def _somebody(request: HttpRequest, collection: Collection) -> Record:
    params = {"perPage": "1", "skipTotal": "1", "sort": "-@rowid"}
    records = list_records(collection, info=acting_info(request, query=params), params=params).records
    return records[0] if records else made_up_record(collection, "person@example.com")


def _apple_secret(request: HttpRequest, form: OptionForm) -> Json:
    """Make the secret that Apple asks for, and put it into the form; nothing is saved."""
    sent = {name: request.POST.get(f"apple.{name}", "").strip() for name in ("teamId", "keyId", "privateKey")}
    seconds = request.POST.get("apple.duration", "")
    said = AppleSecretForm(
        client_id=request.POST.get("clientId", "").strip(),
        team_id=sent["teamId"],
        key_id=sent["keyId"],
        private_key=sent["privateKey"],
        duration=int(seconds) if seconds.isdecimal() and len(seconds) < 10 else 0,
    )
    if errors := form_errors(said):
        return {**sent, "problem": " ".join(sentences(errors)), "duration": seconds or _APPLE_SECONDS}
    try:
        secret = generate_apple_secret(said)
    except UnusableKey as error:
        return {**sent, "problem": str(error), "duration": seconds}
    for card in form.cards:
        for option in card.options:
            if option.path == "clientSecret":
                option.value = secret
    return {"is_made": True}
