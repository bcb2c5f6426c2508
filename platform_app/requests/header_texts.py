"""Header values beyond ASCII: servers hand over one character for every byte, and clients send UTF-8."""

from django.http import HttpRequest


def text_of_header(value: str) -> str:
    """The text that a client has sent, of a value in `request.META`.

    >>> text_of_header("grÃ¼n"), text_of_header("green")
    ('grün', 'green')
    """
    return value if value.isascii() else value.encode("latin-1", "replace").decode(errors="replace")


def user_agent_of(request: HttpRequest) -> bytes:
    """The `User-Agent` header as it was sent; empty when there is none."""
    agent: str = request.META.get("HTTP_USER_AGENT", "")
    return agent.encode("latin-1", "replace")


def header_of_text(text: str) -> str:
    """The value in `request.META` of a header with this text, as a server would hand it over.

    >>> header_of_text("grün")
    'grÃ¼n'
    """
    return text if text.isascii() else text.encode(errors="replace").decode("latin-1")
