"""What `confirm.js` says: sentences in place of the API's, which are English, found by its codes."""

from django.utils.translation import gettext_lazy as _

# Every language has to say this.
PROBE = "Confirm your email address"

# In braces what the API's error has as `params`; without them a text is not used.
FIELD_ERRORS = {
    "validation_required": _("Fill this in."),
    "validation_length_out_of_range": _("Use {min} to {max} characters."),
    "validation_min_text_constraint": _("This is too short."),
    "validation_max_text_constraint": _("This is too long."),
    "validation_values_mismatch": _("The two passwords differ."),
    "validation_invalid_password": _("This is not the password of your account."),
    "validation_invalid_value": _("This cannot be used. Choose another one."),
    "validation_is_email": _("This is no email address."),
    "validation_not_unique": _("This is taken already."),
}

SCRIPT_TEXTS = {
    "fields": FIELD_ERRORS,
    "unreachable": _("The server could not be reached or could not answer. Nothing is lost: try again."),
    "uploading": _("The backup is being uploaded."),
    "restoring": _("The backup is being restored. The server starts anew for that."),
    "notRestored": _(
        "The backup could not be restored, and everything is as it was. The server's log says why."
    ),
    "tooMany": _("Too many attempts. Wait a little and try again."),
}
