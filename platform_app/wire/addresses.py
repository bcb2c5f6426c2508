"""IP addresses and subnets as the reference reads and writes them: Go's `net/netip`.

A zone (`fe80::1%eth0`) is part of an address, and in no subnet.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_PREFIX_LENGTH = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    ip: IPv4Address | IPv6Address
    zone: str = ""

    def __str__(self) -> str:
        """In its long form.

        >>> str(parse_address("fe80::1%eth0"))
        'fe80:0000:0000:0000:0000:0000:0000:0001%eth0'
        """
        return f"{self.ip.exploded}%{self.zone}" if self.zone else self.ip.exploded


@lru_cache(maxsize=1000)
def parse_address(text: str) -> Address | None:
    plain, percent, zone = text.partition("%")
    if percent and not zone:
        return None
    try:
        ip = ip_address(plain)
    except ValueError:
        return None
    return None if zone and ip.version == 4 else Address(ip, zone)


@lru_cache(maxsize=1000)
def parse_subnet(text: str) -> IPv4Network | IPv6Network | None:
    """Such as `10.0.0.0/8`; bits behind the prefix are let pass, a netmask is not."""
    plain, slash, length = text.rpartition("/")
    address = parse_address(plain)
    if not slash or address is None or address.zone or not _PREFIX_LENGTH.fullmatch(length):
        return None
    if int(length) > address.ip.max_prefixlen:
        return None
    return ip_network(f"{plain}/{length}", strict=False)


def is_in(address: Address, subnet: IPv4Network | IPv6Network) -> bool:
    return not address.zone and address.ip in subnet
