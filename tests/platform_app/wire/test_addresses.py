"""Addresses and subnets as Go's net/netip takes them; observed on PocketBase v0.39.11."""

import pytest

from platform_app.wire.addresses import is_in, parse_address, parse_subnet

ONE = "0000:0000:0000:0000:0000:0000:0000:0001"
LINK_LOCAL = "fe80:0000:0000:0000:0000:0000:0000:0001"


@pytest.mark.parametrize(
    ("text", "long_form"),
    [
        pytest.param("1.2.3.4", "1.2.3.4", id="v4"),
        pytest.param("01.2.3.4", None, id="leading_zero"),
        pytest.param("1.2.3", None, id="three_parts"),
        pytest.param("1.2.3.256", None, id="too_large"),
        pytest.param("1.2.3.4:80", None, id="port"),
        pytest.param("1.2.3.4/24", None, id="subnet"),
        pytest.param("1.2.3.4%eth0", None, id="v4_with_a_zone"),
        pytest.param("\N{ARABIC-INDIC DIGIT ONE}.2.3.4", None, id="other_digits"),
        pytest.param("::1", ONE, id="v6"),
        pytest.param("[::1]", None, id="brackets"),
        pytest.param("2001:DB8:0::1", "2001:0db8:0000:0000:0000:0000:0000:0001", id="capitals"),
        pytest.param("00001::", None, id="five_digits"),
        pytest.param("1::2::3", None, id="two_gaps"),
        pytest.param("::ffff:1.2.3.4", "0000:0000:0000:0000:0000:ffff:0102:0304", id="v4_in_v6"),
        pytest.param("fe80::1%eth0", f"{LINK_LOCAL}%eth0", id="zone"),
        pytest.param("fe80::1%a b/64", f"{LINK_LOCAL}%a b/64", id="anything_is_a_zone"),
        pytest.param("::1%25en0", f"{ONE}%25en0", id="escaped_zone_is_kept"),
        pytest.param("::1%a%b", f"{ONE}%a%b", id="zone_with_a_percent"),
        pytest.param("::1%", None, id="empty_zone"),
        pytest.param(" 1.2.3.4", None, id="blank"),
        pytest.param("", None, id="empty"),
    ],
)
def test_addresses(text, long_form):
    address = parse_address(text)
    assert (None if address is None else str(address)) == long_form


@pytest.mark.parametrize(
    ("text", "subnet"),
    [
        pytest.param("10.1.2.3/8", "10.0.0.0/8", id="bits_behind"),
        pytest.param("1.2.3.4/0", "0.0.0.0/0", id="everything"),
        pytest.param("1.2.3.4/33", None, id="too_long"),
        pytest.param("1.2.3.4/024", None, id="leading_zero"),
        pytest.param("1.2.3.4/+8", None, id="sign"),
        pytest.param("1.2.3.4/255.0.0.0", None, id="netmask"),
        pytest.param("1.2.3.4/", None, id="no_length"),
        pytest.param("1.2.3.4", None, id="address"),
        pytest.param("2001:DB8::1/32", "2001:db8::/32", id="v6"),
        pytest.param("fe80::1%eth0/64", None, id="zone"),
    ],
)
def test_subnets(text, subnet):
    parsed = parse_subnet(text)
    assert (None if parsed is None else str(parsed)) == subnet


@pytest.mark.parametrize(
    ("address", "subnet", "is_inside"),
    [
        ("10.200.0.1", "10.0.0.0/8", True),
        ("11.0.0.1", "10.0.0.0/8", False),
        ("2001:db8::1", "2001:db8::/32", True),
        ("fe80::1", "fe80::/10", True),
        ("fe80::1%eth0", "fe80::/10", False),
        ("::ffff:1.2.3.4", "1.2.3.0/24", False),
        ("::ffff:1.2.3.4", "::ffff:0:0/96", True),
        ("1.2.3.4", "::/0", False),
    ],
)
def test_what_lies_in_a_subnet(address, subnet, is_inside):
    assert is_in(parse_address(address), parse_subnet(subnet)) is is_inside
