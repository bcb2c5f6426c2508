"""What the dashboard reads of requests by people it does not know yet: little, and in linear time."""

from django.http import HttpRequest

from platform_app.requests.body_size import declared_size
from platform_app.wire.errors import ApiError, BadRequest, TooLarge

# An address with a filter and a place to return to fits well; so does a form with two fields.
MOST_ADDRESS_CHARACTERS = 8 * 1024
MOST_FORM_BYTES = 16 * 1024
# Other applications on this host have cookies, too; a browser sends at most 4 KB of each.
MOST_COOKIE_BYTES = 16 * 1024

_FORM = "application/x-www-form-urlencoded"


def check_address_length(request: HttpRequest) -> None:
    """Raises ApiError (414) for a path and query that no page of ours has."""
    if len(request.path_info) + len(request.META.get("QUERY_STRING") or "") > MOST_ADDRESS_CHARACTERS:
        raise ApiError("The address is too long.", status=414)


def check_form(request: HttpRequest) -> None:
    """Raises ApiError for a body that is no small form: uploads are for those who have signed in."""
    meta = request.META
    if not (meta.get("CONTENT_TYPE") or "").startswith(_FORM):
        raise BadRequest("Only a form can be sent here.")
    size_bytes = declared_size(meta.get("CONTENT_LENGTH"))
    if size_bytes is None:
        raise ApiError("The length of the form is missing.", status=411)
    if size_bytes > MOST_FORM_BYTES:
        raise TooLarge


def read_cookies(header: str) -> dict[str, str]:
    """The cookies of a request as they were sent; none when there are more than anybody needs.

    Django takes quoted values apart with Python's `http.cookies._unquote`, whose time is quadratic in what a
    client sends (CVE-2024-7592). No cookie of the dashboard is quoted.

    >>> read_cookies('sessionid=abc; theme="a b"; sessionid=def; =; x')
    {'sessionid': 'def', 'theme': '"a b"'}
    """
    if len(header) > MOST_COOKIE_BYTES:
        return {}
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value.strip() for name, separator, value in pairs if separator and name.strip()}
