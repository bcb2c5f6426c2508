"""Files from addresses that strangers name: bounded in time and size, and not from inside the network.

Reference: contract/auth.md 10.1; apis/record_auth_with_oauth2.go (safeFileFromURL), PocketBase v0.39.11.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings

from collections_app.fields.file_names import PendingFile
from platform_app.outgoing.answer import RequestFailed

# What a gateway translates to the address of IPv4 in the last 32 bits (RFC 6052), and what one within does.
_TRANSLATED = IPv6Network("64:ff9b::/96")
_TRANSLATED_WITHIN = IPv6Network("64:ff9b:1::/48")


class DownloadFailed(Exception):
    """There is no file to be had there, or nobody may have it; for logs."""


def download(url: str, *, most_bytes: int, seconds: float) -> PendingFile:
    """The file at an http or https URL, under the last part of it as its name; waits for it.

    It comes from a public address, however often it is redirected, unless JOEY_PRIVATE_ADDRESSES is set.
    Raises DownloadFailed.
    """
    # Imported late: few processes ever download anything, and it takes a while to load.
    from platform_app.outgoing.bounded_client import BoundedClient

    is_allowed = None if settings.JOEY_PRIVATE_ADDRESSES else is_public
    try:
        with BoundedClient(
            seconds=seconds, most_bytes=most_bytes, is_allowed=is_allowed, follows_anywhere=True
        ) as client:
            answer = client.send("GET", url)
    except RequestFailed as error:
        raise DownloadFailed(str(error)) from error
    if not 200 <= answer.status < 400:
        raise DownloadFailed(f"{url[:200]!r} answers with {answer.status}")
    return PendingFile.from_bytes(url.rstrip("/").rpartition("/")[2], answer.body)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet: not of this machine, of its network, or of many at once.

    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    try:
        return _is_public(ip_address(address.partition("%")[0]))
    except ValueError:
        return False


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address in _TRANSLATED:
            return _is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None or address.is_site_local or address in _TRANSLATED_WITHIN:
            return False
    return address.is_global and not address.is_multicast
