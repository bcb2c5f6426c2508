"""Which addresses are on the internet: where strangers may have this server look.

Reference: contract/auth.md 10.1; apis/record_auth_with_oauth2.go (safeFileFromURL), PocketBase v0.39.11.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# What a gateway translates to the address of IPv4 in the last 32 bits (RFC 6052), and what one within does.
_TRANSLATED = IPv6Network("64:ff9b::/96")
_TRANSLATED_WITHIN = IPv6Network("64:ff9b:1::/48")


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
