"""An endpoint as the preview shows it, and the parts that several have in common."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from admin_ui.api_preview.examples import written_fields
from collections_app.collection import Collection
from collections_app.fields.base import Field
from platform_app.requests.answers import error_response
from platform_app.wire.errors import ApiError, BadRequest, FieldError, Forbidden


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str
    about: str
    is_required: bool = False


@dataclass(frozen=True)
class Answer:
    """`body` is JSON; None is an answer without one."""

    status: int
    body: Any = None


@dataclass(frozen=True)
class Call:
    """A call of the SDKs: `arguments` are their names in Dart, "" for those that have none, with values.

    `body` goes behind them, `options` last. `file` is the field that a file is sent for.
    """

    method: str
    arguments: tuple[tuple[str, Any], ...] = ()
    body: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    result: str = ""
    file: Field | None = None


@dataclass(frozen=True)
class Endpoint:
    """`rule` is None where only superusers may, "" where everybody may, or where there is none to ask.

    `off` says why it cannot be used now. `calls` are what the samples do, one after the other.
    """

    slug: str
    title: str
    group: str
    method: str
    path: str
    about: str
    calls: tuple[Call, ...] = ()
    rule_name: str = ""
    rule: str | None = ""
    needs_token: bool = False
    off: str = ""
    path_parameters: tuple[Parameter, ...] = ()
    query: tuple[Parameter, ...] = ()
    body: tuple[Parameter, ...] = ()
    example_query: Mapping[str, Any] = field(default_factory=dict)
    example_body: Mapping[str, Any] | None = None
    answers: tuple[Answer, ...] = ()

    @property
    def hue(self) -> int:
        return {"GET": 1, "POST": 2, "PATCH": 3, "DELETE": 4}[self.method]

    @property
    def label(self) -> str:
        """What stands for its method in a narrow place."""
        if self.slug == "realtime":
            return "SSE"
        return {"DELETE": "DEL"}.get(self.method, self.method)

    @property
    def example_file(self) -> Field | None:
        return next((call.file for call in self.calls if call.file is not None), None)

    @property
    def is_tried_by_a_link(self) -> bool:
        return self.method == "GET" and "{" not in self.path and self.slug != "realtime"


def record_id() -> Parameter:
    return Parameter("id", "text", _("Of the record."), is_required=True)


def expand_parameter(relations: list[str]) -> Parameter:
    names = ",".join(relations[:2])
    about = _("Relations to bring along: %s. Up to six levels.") % names if names else ""
    return Parameter("expand", "text", about or _("Relations to bring along. Up to six levels."))


def fields_parameter() -> Parameter:
    return Parameter("fields", "text", _("What to send back, such as *,text:excerpt(200,true)."))


def body_parameters(collection: Collection, *, is_new: bool) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    for one in written_fields(collection):
        is_required = is_new and one.required
        found.append(Parameter(one.name, _type_of(one), _about(one), is_required))
        if one.type == "password":
            again = Parameter(f"{one.name}Confirm", "text", _("The same again."), is_required)
            found.append(again)
            if not is_new:
                old = _("The one until now; not of superusers and managers.")
                found.append(Parameter("oldPassword", "text", old))
    return tuple(found)


def _type_of(one: Field) -> str:
    kind = {"text": "text", "editor": "html", "password": "text", "geoPoint": "object"}.get(
        one.type, one.type
    )
    return f"{kind} list" if getattr(one, "is_multiple", False) else kind


def _about(one: Field) -> str:
    """Its bounds in a few words, and its own help."""
    words: list[str] = [one.help.rstrip(".")] if one.help else []
    options = one.as_json()
    for name, said in (("min", _("at least %s")), ("max", _("at most %s"))):
        if options.get(name) not in (None, 0, ""):
            words.append(said % options[name])
    if options.get("values"):
        words.append(", ".join(map(str, options["values"])))
    if options.get("maxSelect", 0) > 1:
        words.append(_("up to %s") % options["maxSelect"])
    if one.type == "relation":
        words.append(_("ids of records"))
    if one.type == "date":
        words.append(_("as 2026-01-31 16:24:00.123Z"))
    return "; ".join(words)


def refusals(rule: str | None, *errors: ApiError) -> tuple[Answer, ...]:
    """Of refusals; who is no superuser is told so where there is no rule."""
    locked = (Forbidden("Only superusers can perform this action."),) if rule is None else ()
    return tuple(refusal(error) for error in sorted((*errors, *locked), key=lambda error: error.status))


def refused_values(collection: Collection, message: str) -> BadRequest:
    names = [one.name for one in written_fields(collection) if one.required] or ["id"]
    return BadRequest(message, {names[0]: FieldError("validation_required", "Cannot be blank.")})


def refusal(error: ApiError) -> Answer:
    """The answer that the error gets."""
    return Answer(error.status, json.loads(error_response(error).content))
