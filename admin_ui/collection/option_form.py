"""A form over the options of an auth collection: controls that are named as the members of a PATCH.

    form = OptionForm(cards, options)
    form.read(request.POST)
    form.changes()  # {"otp": {"duration": 180}}

Each control has a path such as `otp.duration`; what it says is put there, and what is wrong
there stands at it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext

from platform_app.wire.errors import ApiError, BadRequest, sentences

Json = dict[str, Any]
Text = str | Promise
# whole: a number of seconds or the like; checks: several of the choices; secret: never shown, empty keeps it;
# lines: a list of texts; html, rule: code; renew: a tick that makes a secret anew.
Control = Literal[
    "switch", "whole", "text", "url", "select", "checks", "secret", "lines", "html", "rule", "renew"
]
_MOST_DIGITS = 12
_CHECKED = "true"


@dataclass
class Option:
    """One control with what is in it; `unit` stands behind it, `choices` are pairs of value and label."""

    path: str
    control: Control
    label: Text
    help: Text = ""
    unit: Text = ""
    placeholder: Text = ""
    choices: Sequence[tuple[str, str]] = ()
    width: Literal["", "half", "quarter"] = "half"
    value: Any = ""
    error: str = ""

    @property
    def id(self) -> str:
        return f"o-{self.path.replace('.', '-')}"

    @property
    def text(self) -> str:
        return "\n".join(self.value) if self.control == "lines" else str(self.value)

    @property
    def described_by(self) -> str:
        """The ids of what a reader is told about it."""
        parts = [f"{self.id}-error"] * bool(self.error) + [f"{self.id}-help"] * bool(self.help)
        return " ".join(parts)


@dataclass
class Card:
    """Options of one matter; `switch` turns it on and off, `summary` says in a few words what is set.

    `details` names what is unfolded, "" for options.
    """

    key: str
    icon: str
    title: Text
    summary: str = ""
    switch: Option | None = None
    options: Sequence[Option] = ()
    details: Text = ""
    extra: Any = None  # what its own template shows beside the options

    @property
    def all_options(self) -> Iterator[Option]:
        if self.switch is not None:
            yield self.switch
        yield from self.options

    @property
    def is_open(self) -> bool:
        return any(option.error for option in self.all_options)

    @property
    def body(self) -> str:
        """Its template, for what is more than options."""
        return f"admin_ui/collection/cards/{self.key}.html" if self.extra is not None else ""


class OptionForm:
    """`options` are those that are stored, complete; what the form shows and says goes by them."""

    def __init__(self, cards: Sequence[Card], options: Mapping[str, Any]) -> None:
        self.cards = cards
        self.problem = ""
        self.other_errors: dict[str, str] = {}
        for option in self._options():
            option.value = _shown(option, _find(options, option.path))

    def read(self, sent: QueryDict) -> None:
        for option in self._options():
            option.value = _read(option, sent)

    def changes(self) -> Json:
        """Everything that the form has, as members of a PATCH. Raises BadRequest for what cannot be read."""
        changes: Json = {}
        for option in self._options():
            if option.control == "renew" or (option.control == "secret" and not option.value):
                continue
            *parents, name = option.path.split(".")
            place = changes
            for parent in parents:
                place = place.setdefault(parent, {})
            place[name] = _meant(option)
        if any(option.error for option in self._options()):
            raise BadRequest(gettext("Nothing was saved: look at what is marked."))
        return changes

    def ticked(self) -> list[str]:
        """The paths of secrets that are to be made anew."""
        return [option.path for option in self._options() if option.control == "renew" and option.value]

    def tell(self, error: ApiError, *, below: str = "") -> None:
        """Put what is wrong at its controls; `below` is where in the definition the form's paths begin."""
        self.problem = error.message
        by_path = {option.path: option for option in self._options()}
        for path, text in _errors(error):
            option = by_path.get(path.removeprefix(below))
            if option is None:
                self.other_errors[path] = text
            else:
                option.error = text

    def _options(self) -> Iterator[Option]:
        for card in self.cards:
            yield from card.all_options


def _errors(error: ApiError) -> Iterator[tuple[str, str]]:
    for told in sentences(error.data):
        path, _, text = told.partition(": ")
        yield path, text


def _find(options: Mapping[str, Any], path: str) -> Any:
    found: Any = options
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _shown(option: Option, stored: Any) -> Any:
    match option.control:
        case "switch":
            return bool(stored)
        case "checks" | "lines":
            return [stored] if isinstance(stored, str) else list(stored or ())
        case "secret" | "renew":
            return ""
    return "" if stored is None else stored


def _read(option: Option, sent: QueryDict) -> Any:
    match option.control:
        case "switch" | "renew":
            return sent.get(option.path) == _CHECKED
        case "checks":
            return sent.getlist(option.path)
        case "lines":
            lines = (line.strip() for line in sent.get(option.path, "").splitlines())
            return list(filter(None, lines))
        case "html":
            return sent.get(option.path, "").replace("\r\n", "\n")
    return sent.get(option.path, "").strip()


def _meant(option: Option) -> Any:
    if option.control != "whole":
        return option.value
    text = str(option.value)
    if not (text.isdecimal() and text.isascii() and len(text) <= _MOST_DIGITS):
        option.error = gettext("A whole number is needed.")
        return 0
    return int(text)
