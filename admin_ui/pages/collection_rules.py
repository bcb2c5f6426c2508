"""The tab "API rules" of a collection's editor: each rule in its three states, judged and tried."""

from time import monotonic
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_ui.answering import answering
from admin_ui.collection.saving import edited_collection
from admin_ui.pages.collection_frame import DEED, frame_context, saved_or_reviewed, wants_form
from admin_ui.records.columns import ICONS
from admin_ui.rules.boxes import RuleBox, changes_of_boxes, sent_boxes, stored_boxes
from admin_ui.rules.completing import shown_fields
from admin_ui.rules.judging import Problem, problem_of
from admin_ui.rules.trying import Person, Trial, find_person, try_rule
from collections_app.catalog import Catalog, catalog
from collections_app.collection import Collection
from platform_app.database.lanes import OutOfTime, for_a_part
from platform_app.wire.errors import BadRequest, FieldError, NotFound

_VIEW = "edit_collection_rules"
_TRY = "try"
# What a rule lets through is worth knowing, but nobody has to wait for it.
_MOST_SECONDS = 5.0
_REQUEST_NAMES = (
    "@request.auth.id",
    "@request.body.",
    "@request.query.",
    "@request.headers.",
    "@request.method",
)
_OTHER_NAMES = ("@collection.", "@now", "@todayStart", "geoDistance(")
_DATES = frozenset({"date", "autodate"})


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def rules_page(request: HttpRequest, collection: str) -> HttpResponse:
    """`collections/NAME/edit/rules/`; `?as=COLLECTION:ID` says as whom rules are tried."""
    found = edited_collection(collection)
    if request.method != "POST":
        return _show(request, found, stored_boxes(found))
    boxes = sent_boxes(found, request.POST.dict())
    if wants_form(request):
        return _show(request, found, boxes)
    if request.POST.get(DEED) == _TRY:
        return _show(request, found, boxes, tried=_tried_box(request, boxes))
    if request.POST.get("was") != found.updated:
        problem = gettext(
            "Nothing was saved: somebody has changed this collection meanwhile. What you filled in is here; "
            "look at it once more before you save it."
        )
        return _show(request, found, boxes, problem=problem)
    try:
        changes = changes_of_boxes(boxes)
        effects = lambda: _effects(request, found, boxes)  # noqa: E731
        return saved_or_reviewed(request, found, changes, _VIEW, effects=effects)
    except BadRequest as error:
        return _show(request, found, boxes, problem=_tell(error, boxes), other=_others(error, boxes))


@require_POST
@answering
def judge_rules(request: HttpRequest, collection: str) -> JsonResponse:
    """What is wrong with the rules of the form, by their names: `{text, from, to, instead}`.

    It is null for those that can be saved; nothing is stored.
    """
    found = edited_collection(collection)
    snapshot = catalog()
    boxes = sent_boxes(found, request.POST.dict())
    problems = {box.kind.name: _problem(box, found, snapshot) for box in boxes}
    return JsonResponse({name: problem.as_json() if problem else None for name, problem in problems.items()})


@require_safe
@answering
def try_rule_part(request: HttpRequest, collection: str) -> HttpResponse:
    """The part of the page that tries `?rule=listRule&listRule=TEXT`, or `listRule.locked`, as `as`.

    It is read, so that it may move to where queries take long (docs/explanation/lanes.md).
    """
    found = edited_collection(collection)
    boxes = sent_boxes(found, request.GET.dict())
    context = _trial_context(request, found, _tried_box(request, boxes))
    return render(request, "admin_ui/rules/trial.html", {**context, "collection": found})


def _show(
    request: HttpRequest,
    collection: Collection,
    boxes: list[RuleBox],
    *,
    tried: RuleBox | None = None,
    problem: str = "",
    other: dict[str, str] | None = None,
) -> HttpResponse:
    context = frame_context(
        request,
        collection,
        "rules",
        errors=[box.kind.name for box in boxes if box.error],
        boxes=boxes,
        problem=problem,
        other_errors=other or {},
        names=[(field.name, ICONS.get(field.type, "puzzle")) for field in shown_fields(collection)],
        request_names=_REQUEST_NAMES,
        other_names=_OTHER_NAMES,
        example=_example(collection),
        **_trial_context(request, collection, tried, boxes=boxes),
    )
    return render(request, "admin_ui/rules/tab.html", context)


def _example(collection: Collection) -> str:
    """A rule that this collection could have."""
    signed_in = '@request.auth.id != ""'
    dated = next((field.name for field in collection.fields if field.type in _DATES), None)
    return f"{signed_in} && {dated} > @monthStart" if dated else signed_in


# --- judging ------------------------------------------------------------------------------------------


def _problem(box: RuleBox, collection: Collection, snapshot: Catalog) -> Problem | None:
    """What is stored is not judged: it may be older than what would be said of it."""
    return problem_of(box, collection, snapshot) if box.is_changed else None


def _tell(error: BadRequest, boxes: list[RuleBox]) -> str:
    """Puts the errors to their rules; returns what is said on top."""
    for box in boxes:
        told = error.data.get(box.kind.name)
        if isinstance(told, FieldError):
            box.error = told.message
    return error.message


def _others(error: BadRequest, boxes: list[RuleBox]) -> dict[str, str]:
    known = {box.kind.name for box in boxes}
    return {
        name: told.message if isinstance(told, FieldError) else gettext("Look at this on its own tab.")
        for name, told in error.data.items()
        if name not in known
    }


# --- trying -------------------------------------------------------------------------------------------


def _tried_box(request: HttpRequest, boxes: list[RuleBox]) -> RuleBox:
    """Raises NotFound for a rule that the collection does not have."""
    wanted = _sent(request).get("rule") or boxes[0].kind.name
    found = next((box for box in boxes if box.kind.name == wanted), None)
    if found is None:
        raise NotFound
    return found


def _trial_context(
    request: HttpRequest,
    collection: Collection,
    tried: RuleBox | None,
    *,
    boxes: list[RuleBox] | None = None,
) -> dict[str, Any]:
    """As whom it is tried and, for a rule that is, what came of it."""
    who, unknown = _who(request)
    context = {
        "who": who,
        "unknown_person": unknown,
        "as_collection": _as_collection(request),
        "accounts": [one.name for one in catalog().auth_collections if not one.system],
        "tried": tried or (boxes[0] if boxes else None),
    }
    if tried is not None:
        context |= _trial(tried, collection, who)
    return context


def _trial(box: RuleBox, collection: Collection, who: Person) -> dict[str, Any]:
    problem = _problem(box, collection, catalog())
    if problem is not None:
        return {"trial_problem": problem.text, "is_unfinished": True}
    guest = Person(gettext("guests"))
    people = [guest, who] if who.record else [guest]
    ends_at = monotonic() + _MOST_SECONDS
    try:
        with for_a_part(_MOST_SECONDS):
            trial = try_rule(box, collection, people)
    except OutOfTime:
        return {"trial_problem": _too_long()}
    if trial.problem:
        return {"trial_problem": _too_long() if monotonic() > ends_at else trial.problem}
    return {"trial": trial, "reach": trial.reaches[-1]}


def _too_long() -> str:
    return gettext("It takes too long to find out what this rule lets through.")


def _effects(request: HttpRequest, collection: Collection, boxes: list[RuleBox]) -> dict[str, Trial]:
    """For the review: what each changed rule changes, unless it cannot be told in time."""
    who, _ = _who(request)
    effects = {}
    for box in boxes:
        trial = _trial(box, collection, who).get("trial") if box.is_changed else None
        if trial:
            effects[box.kind.name] = trial
    return effects


def _as_collection(request: HttpRequest) -> str:
    sent = _sent(request)
    return sent.get("as_collection", sent.get("as", "").partition(":")[0])


def _who(request: HttpRequest) -> tuple[Person, str]:
    """Who tries it, a guest if nobody is said, and what was said that is nobody.

    An address says `as`; a form says of which collection, and what was typed goes before who was chosen last.
    """
    sent = _sent(request)
    collection, said, key = _as_collection(request), sent.get("as_account", ""), sent.get("as", "")
    if said:
        key = f"{collection}:{said}"
    guest = Person(gettext("A guest"))
    if not collection or not key.startswith(f"{collection}:"):
        return guest, ""
    found = find_person(key, catalog())
    return (found, "") if found else (guest, key.partition(":")[2])


def _sent(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET
