"""Headers of mails that come from code or from records: one line each, and none that makes another one."""

import re
from collections.abc import Mapping

from django.utils.crypto import get_random_string

# Whatever some reader of mails takes for the end of a line, and the other control characters with it.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NAME = re.compile(r"[!-9;-~]{1,76}")  # RFC 5322, 2.2, short enough for a line
# These have members of their own, or follow from what is sent.
_RESERVED = re.compile(r"from|to|cc|bcc|subject|mime-version|content-.*", re.IGNORECASE)
_MESSAGE_ID = "Message-ID"
_ID_CHARACTERS = 15


def on_one_line(text: str) -> str:
    """`text` with a blank for every line break, so that it is one header; lone surrogates are replaced.

    >>> on_one_line("Hello\\r\\nBcc: eve@example.com")
    'Hello Bcc: eve@example.com'
    """
    return _BREAKS.sub(" ", text).strip().encode("utf-8", "replace").decode()


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """`headers`, each on one line.

    Raises ValueError for a name that is none, and for one that the mail has a member for.
    """
    for name in headers:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name of a header: {name[:100]!r}")
        if _RESERVED.fullmatch(name):
            raise ValueError(f"the header {name!r} is not set by hand")
    return {name: on_one_line(value) for name, value in headers.items()}


def with_message_id(headers: Mapping[str, str], *, sender: str) -> dict[str, str]:
    """`headers` with an id of the sender's domain, unless they have one."""
    if any(name.lower() == _MESSAGE_ID.lower() for name in headers):
        return dict(headers)
    domain = sender.rpartition("@")[2]
    return {**headers, _MESSAGE_ID: f"<{get_random_string(_ID_CHARACTERS)}@{domain}>"}
