import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collections_app.records.querying.back_relations import back_relation


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("comments_via_post", ("comments", "post")),
        ("a_via_via_b", ("a_via", "b")),
        ("a_via_b_via_", ("a", "b_via_")),
        ("a__via__b", ("a_", "_b")),
        ("_via_b", None),
        ("a_via_", None),
        ("a_viab", None),
        ("a_via_b!", None),
        ("ä_via_b", None),
        ("a_via_b\n", None),
        ("", None),
    ],
)
def test_back_relation(name, expected):
    assert back_relation(name) == expected


@given(st.lists(st.sampled_from(["a", "_", "via", "_via_", "!", "é"]), max_size=8).map("".join))
def test_it_is_what_the_contracts_expression_finds(name):
    found = re.fullmatch(r"(\w+)_via_(\w+)", name, re.ASCII)
    assert back_relation(name) == (found.groups() if found else None)
