"""Addresses of mails: an address with the name of its owner, and how both stand in a header."""

import re
from dataclasses import dataclass
from email.header import Header

from platform_app.mail.headers import on_one_line

# What may not stand beside the "@": blanks and control characters, and what ends an address in a header or in
# a command to a mail server. A quoted local part may hold some of these; hardly anybody has one, and parsers
# do not agree on them.
_FORBIDDEN = re.compile(r'[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029<>()\[\],;:\\"@]')
_MOST_CHARACTERS = 320  # RFC 3696: 64 before the "@" and 255 behind it


@dataclass(frozen=True)
class Address:
    """The address of a mailbox, and a name to show for it, or ""."""

    address: str
    name: str = ""


Recipient = str | Address


def bare(recipient: Recipient) -> str:
    """The address without a name."""
    return recipient if isinstance(recipient, str) else recipient.address


def ascii_domain(address: str) -> str:
    """`address` with the domain in ASCII, as mail servers take it.

    >>> ascii_domain("alice@büro.example")
    'alice@xn--bro-hoa.example'

    Raises ValueError for what is no address.
    """
    local, _, domain = address.rpartition("@")
    if not local or not domain or len(address) > _MOST_CHARACTERS or _FORBIDDEN.search(local + domain):
        raise ValueError(f"not an e-mail address: {address[:100]!r}")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise ValueError(f"not an e-mail address: {address[:100]!r}") from error


def header_text(recipient: Recipient) -> str:
    r"""The recipient as a header shows it, in ASCII except for a local part that is not.

    >>> header_text(Address("alice@example.com", 'Alice "the" 1st'))
    '"Alice \\"the\\" 1st" <alice@example.com>'

    Raises ValueError for what is no address.
    """
    address = ascii_domain(bare(recipient))
    name = "" if isinstance(recipient, str) else on_one_line(recipient.name)
    if not name:
        return address
    if name.isascii():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    # A long name takes several encoded words, which Header puts on a line each.
    return f"{' '.join(Header(name, 'utf-8').encode().split())} <{address}>"
