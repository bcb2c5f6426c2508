"""Random texts: their length, their alphabet, and that every character comes up."""

import pytest

from platform_app.database.ids import ALPHANUMERIC, LOWER_ALPHANUMERIC, checksum, new_record_id, random_text


@pytest.mark.parametrize(
    "alphabet",
    [
        pytest.param("a", id="one_character"),
        pytest.param("0123456789", id="digits"),
        pytest.param(LOWER_ALPHANUMERIC, id="record_ids"),
        pytest.param(ALPHANUMERIC, id="keys"),
        pytest.param("".join(map(chr, range(256))), id="as_many_as_a_byte_has"),
        pytest.param("".join(map(chr, range(0x4E00, 0x4E00 + 300))), id="more_than_a_byte_has"),
    ],
)
def test_random_text_uses_the_whole_alphabet_and_nothing_else(alphabet):
    # The chance that one of 300 characters is missing from 20,000 draws is below 1e-26.
    text = random_text(20_000, alphabet)
    assert len(text) == 20_000
    assert set(text) == set(alphabet)


@pytest.mark.parametrize("length", [0, 1, 15, 50])
def test_random_text_has_the_length_asked_for(length):
    assert len(random_text(length)) == length


def test_record_ids_differ_and_look_like_ids():
    ids = {new_record_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(one) == 15 and set(one) <= set(LOWER_ALPHANUMERIC) for one in ids)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("id", "3208210256"), ("base_superusers", "921636759"), ("auth_superusers", "3142635823")],
)
def test_checksum_is_the_decimal_crc32(text, expected):
    assert checksum(text) == expected
