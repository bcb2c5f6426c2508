"""Errors of the API in the language of the reader, by their codes; unknown ones as the API says them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from platform_app.wire.errors import ErrorTree, FieldError, sentenize

# In braces what the error has as `params`; without them a sentence is not used.
SENTENCES: dict[str, Promise] = {
    "validation_required": _("Fill this in."),
    "validation_is_url": _("This is no address of the web."),
    "validation_is_email": _("This is no email address."),
    "validation_is_host": _("This is no IP address, and no name of a host."),
    "validation_is_hex_color": _("This is no colour such as #1055c9."),
    "validation_invlaid_ip_or_subnet": _("This is no IP address, and no subnet such as 10.0.0.0/8."),
    "validation_in_invalid": _("This is none of the choices."),
    "validation_match_invalid": _("This has not the form that it has to have."),
    "validation_min_greater_equal_than_required": _("This has to be {threshold} or more."),
    "validation_length_out_of_range": _("Use {min} to {max} characters."),
    "validation_length_invalid": _("Use exactly {min} characters."),
    "validation_conflicting_rate_limit_rule": _(
        "There is a rule for {label} already, or one that means the same."
    ),
}


def sentence(error: FieldError) -> str:
    words = SENTENCES.get(error.code)
    if words is not None:
        try:
            return str(words).format(**error.params)
        except KeyError:
            pass  # another error of the same code, which says something else
    return sentenize(error.message)


def sentences_by_path(errors: ErrorTree, above: str = "") -> dict[str, str]:
    """
    >>> sentences_by_path({"smtp": {"host": FieldError("x", "no host"), "port": FieldError("y", "No port.")}})
    {'smtp.host': 'No host.', 'smtp.port': 'No port.'}
    """
    told: dict[str, str] = {}
    for name, error in errors.items():
        path = f"{above}.{name}" if above else name
        told |= {path: sentence(error)} if isinstance(error, FieldError) else sentences_by_path(error, path)
    return told
