"""What the forms of the flows ask of their texts.

Reference: contract/auth.md 2; the validation rules of apis/record_auth_*.go, PocketBase v0.39.11.
"""

from collections_app.fields.email_field import is_email
from platform_app.wire.errors import BadRequest, FieldError, required

MOST_BYTES = 255


def refuse(**errors: FieldError | None) -> None:
    """Raises BadRequest if one of the fields has an error."""
    if any(errors.values()):
        raise refused(**errors)


def refused(**errors: FieldError | None) -> BadRequest:
    """The answer to fields of which these have errors; None stands for none."""
    found = {name: error for name, error in errors.items() if error is not None}
    return BadRequest("An error occurred while validating the submitted data.", found)


def length_error(
    text: str, *, least: int = 1, most: int = MOST_BYTES, is_required: bool = True
) -> FieldError | None:
    """The error of a text that is missing, or has not between `least` and `most` bytes."""
    if not text:
        return required() if is_required else None
    if least <= len(text.encode()) <= most:
        return None
    params = {"max": most, "min": least}
    return FieldError(
        "validation_length_out_of_range", f"The length must be between {least} and {most}.", params
    )


def email_error(text: str) -> FieldError | None:
    """The error of a text that is no address of at most 255 bytes."""
    error = length_error(text)
    if error is None and not is_email(text):
        error = FieldError("validation_is_email", "Must be a valid email address.")
    return error
