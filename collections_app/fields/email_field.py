"""`email`: an e-mail address, kept as it was written."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from collections_app.fields.base import ValueContext
from collections_app.fields.domains import LimitsDomains
from collections_app.fields.registry import register
from platform_app.wire.errors import FieldError, required
from platform_app.wire.patterns.patterns import Pattern, compile_pattern

# The set that IsEmail of govalidator (2023-03-01, MIT) accepts. Its branch for quoted local parts has a
# misplaced repetition, so that `"a"@b.co` passes and `"ab"@b.co` does not. Its label may hold dots, so the
# domain is one run of characters between alphanumerics with a dot before the last label. Its length has no
# limit, so it is matched as users' patterns are: in linear time, and without holding the interpreter's lock.
_WIDE = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
_LOCAL = rf"[a-zA-Z0-9!#$%&'*+\-/=?^_`{{|}}~{_WIDE}]+"
_ALNUM = rf"[a-zA-Z0-9{_WIDE}]"
_ALPHA = rf"[a-zA-Z{_WIDE}]"
_FOLD = r"(?:[ \t]*\r\n)?[ \t]+"
_QUOTED = rf"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f!\x23-\x5b\x5d-\x7e{_WIDE}]|\([\x01-\x09\x0b-\x7f{_WIDE}]"
_PATTERN = (
    rf"^(?:{_LOCAL}(?:\.{_LOCAL})*|(?:\"(?:{_FOLD})?(?:{_QUOTED}))*(?:{_FOLD})?\")"
    rf"@{_ALNUM}(?:[a-zA-Z0-9\-._~{_WIDE}]*{_ALNUM})?"
    rf"\.{_ALPHA}(?:[a-zA-Z0-9\-_~{_WIDE}]*{_ALPHA})?\.?$"
)


@cache
def _email() -> Pattern:
    """The pattern of an address; large, so it is compiled when the first one is judged."""
    return compile_pattern(_PATTERN)


def is_email(text: str) -> bool:
    """Whether `text` has the form of an e-mail address."""
    return _email().matches(text)


@register
@dataclass(frozen=True, kw_only=True)
class EmailField(LimitsDomains):
    type: ClassVar[str] = "email"

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if not value:
            return required() if self.required else None
        if not is_email(value):
            return FieldError("validation_is_email", "Must be a valid email address.")
        if not self.allows_domain(value.rpartition("@")[2]):
            return FieldError("validation_email_domain_not_allowed", "Email domain is not allowed.")
        return None
