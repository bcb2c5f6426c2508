"""A screen of the settings as a form: what its inputs show, and what it changes when it comes back.

Only what somebody changed goes to the service, as a PATCH has it. Beside each input stands a digest of what
was in it, so two people who change different settings do not undo each other's work.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from admin_ui.settings.sections import Member, Section, value_at

_DIGEST_CHARACTERS = 16
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}")
# More than anybody types: longer texts are refused unread, since every line of them is looked at.
MOST_CHARACTERS = 32 * 1024


@dataclass(frozen=True)
class Input:
    """One setting as the form has it. Of a secret `text` is what was typed just now, never what is stored."""

    member: Member
    text: str
    was: str
    error: str = ""
    is_stored: bool = False  # of a secret: that there is one

    @property
    def template(self) -> str:
        kind = "choice" if self.member.kind == "either" else self.member.kind
        return f"admin_ui/settings/inputs/{kind}.html"

    @property
    def choices(self) -> tuple[tuple[str, Any], ...]:
        """Those of the member, and what is stored where that is none of them."""
        known = self.member.choices
        return known if self.text in dict(known) else (*known, (self.text, self.text))

    @property
    def described_by(self) -> str:
        parts = [f"{self.member.id}-error"] if self.error else []
        return " ".join([*parts, *([f"{self.member.id}-help"] if self.member.help else [])])


@dataclass
class Submitted:
    """What a form changes, nested as the settings are; `errors` by path are about what cannot be read."""

    changes: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def inputs_of(
    section: Section,
    settings: Mapping[str, Any],
    *,
    stored_secrets: Iterable[str],
    submitted: Submitted | None = None,
    errors: Mapping[str, str] | None = None,
) -> dict[str, Input]:
    """The inputs of a screen by their paths."""
    told = {member.path: _told_about(member, errors or {}) for member in section.members}
    texts = submitted.texts if submitted else {}
    secrets = set(stored_secrets)
    inputs = {}
    for member in section.members:
        text = _text_of(member, value_at(settings, member.path))
        inputs[member.path] = Input(
            member,
            texts.get(member.path, text),
            digest(text.strip()),
            told[member.path],
            is_stored=member.path in secrets,
        )
    return inputs


def read_section(section: Section, form: QueryDict) -> Submitted:
    """What somebody sent of a screen's settings."""
    submitted = Submitted()
    for member in section.members:
        if member.kind == "secret":
            _read_secret(member, form, submitted)
            continue
        if len(form.get(member.path, "")) > MOST_CHARACTERS:
            submitted.errors[member.path] = _("This is too long.")
            continue
        text = _sent_text(member, form)
        submitted.texts[member.path] = text
        if digest(text) != form.get(f"was.{member.path}"):
            _put_value(member, text, submitted)
    return submitted


def put(changes: dict[str, Any], path: str, value: Any) -> None:
    """
    >>> changes = {}
    >>> put(changes, "smtp.host", "mail.example.com")
    >>> changes
    {'smtp': {'host': 'mail.example.com'}}
    """
    *groups, name = path.split(".")
    for group in groups:
        changes = changes.setdefault(group, {})
    changes[name] = value


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def lines_in(text: str) -> list[str]:
    """One entry a line, or several with commas between them.

    >>> lines_in("10.0.0.1, 10.0.0.2\\r\\n\\n ::1 ")
    ['10.0.0.1', '10.0.0.2', '::1']
    """
    return [entry.strip() for entry in re.split(r"[,\n]", text) if entry.strip()]


def _text_of(member: Member, value: Any) -> str:
    if member.kind in ("switch", "either"):
        return "true" if value else "false"
    if member.kind == "lines":
        return "\n".join(str(entry) for entry in value or ())
    if member.kind == "secret" or value is None:
        return ""
    if member.kind == "choice" and value == "":
        return member.choices[0][0]  # what counts where nothing is said
    return str(value)


def _sent_text(member: Member, form: QueryDict) -> str:
    text = form.get(member.path, "")
    if member.kind == "switch":
        return "true" if text else "false"
    if member.kind == "lines":
        return "\n".join(lines_in(text))
    return text.strip()


def _read_secret(member: Member, form: QueryDict, submitted: Submitted) -> None:
    """Nothing typed leaves the stored one; it goes only when somebody says so."""
    text = form.get(member.path, "")
    if text:
        put(submitted.changes, member.path, text)
    elif f"clear.{member.path}" in form:
        put(submitted.changes, member.path, "")


def _put_value(member: Member, text: str, submitted: Submitted) -> None:
    value: Any = text
    is_number = member.kind == "number" or (member.kind == "choice" and _is_number(member.choices))
    if member.kind in ("switch", "either"):
        value = text == "true"
    elif member.kind == "lines":
        value = lines_in(text)
    elif is_number:
        if text and not _WHOLE_NUMBER.fullmatch(text):
            submitted.errors[member.path] = _("This has to be a whole number.")
            return
        value = int(text or 0)
    put(submitted.changes, member.path, value)


def _is_number(choices: Sequence[tuple[str, Any]]) -> bool:
    return all(_WHOLE_NUMBER.fullmatch(value) for value, _words in choices)


def _told_about(member: Member, errors: Mapping[str, str]) -> str:
    """The error of a setting; of a list that of its first entry with one, by its line."""
    if member.path in errors:
        return errors[member.path]
    for path, text in errors.items():
        inside = path.removeprefix(f"{member.path}.")
        if inside != path and inside.isdigit():
            return _("Line %(line)d: %(error)s") % {"line": int(inside) + 1, "error": text}
    return ""
