"""Objects in pieces (platform_app/wire/json_encoding.py)."""

import pytest

from platform_app.wire import json_encoding
from platform_app.wire.json_encoding import encode, encode_pieces


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({}, id="empty"),
        pytest.param({"a<": "b>", "c": [], "d": {"e": [1]}}, id="no_long_list"),
        pytest.param({"items": ["<"] * 50, "page": 1}, id="longest_list_in_one_piece"),
        pytest.param({"page": 1, "items": list(range(51))}, id="shortest_in_two"),
        pytest.param(
            {"items": [{"n": number} for number in range(1000)], "page": 1, "more": [2] * 99}, id="long"
        ),
    ],
)
def test_together_the_pieces_are_the_object(value):
    assert b"".join(encode_pieces(value)) == encode(value)


def test_heavy_items_come_in_small_pieces(monkeypatch):
    monkeypatch.setattr(json_encoding, "_PIECE_BYTES", 1000)
    pieces = list(encode_pieces({"items": ["x" * 100] * 500}))
    assert (
        sorted(map(len, pieces))[-2] < 1200
    )  # the first one is made before anybody knows how heavy they are
    assert len(pieces) > 45
