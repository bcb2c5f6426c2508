"""Which part of a picture a thumb shows, and how large it becomes (contract/files.md 3 and 13)."""

import pytest

from files_app.thumb_sizes import Cut, ThumbSize
from tests.files_app.pictures import recorded_sizes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100x50", ThumbSize(100, 50)),
        ("100x50t", ThumbSize(100, 50, "t")),
        ("100x50b", ThumbSize(100, 50, "b")),
        ("100x50f", ThumbSize(100, 50, "f")),
        ("0x50", ThumbSize(0, 50)),
        ("100x0f", ThumbSize(100, 0, "f")),
        ("0007x1", ThumbSize(7, 1)),
    ],
)
def test_sizes_are_read(text, expected):
    assert ThumbSize.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "100",
        "x50",
        "100x",
        "100X50",
        "100x50c",
        "100x50tb",
        "-1x50",
        " 1x1",
        "1x1\n",
        "١x٢",
        "0x0",
        "0x0f",
    ],
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="no size"):
        ThumbSize.parse(text)


def test_a_size_of_many_digits_is_refused():
    with pytest.raises(ValueError, match="no size"):
        ThumbSize.parse("1" * 10_000 + "x1")


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("50x50", (50, 50)),
        ("50x50t", (50, 50)),
        ("50x50b", (50, 50)),
        ("50x50f", (50, 25)),
        ("30x10f", (20, 10)),
        ("500x500", (500, 500)),
        ("500x500f", (200, 100)),
        ("0x50", (100, 50)),
        ("0x50f", (100, 50)),
        ("50x0", (50, 25)),
        ("0x1", (2, 1)),
    ],
)
def test_thumbs_of_200x100_are_as_large_as_the_contract_says(text, sides):
    cut = ThumbSize.parse(text).cut(200, 100)
    assert (cut.width, cut.height) == sides


def test_thumbs_of_random_sides_are_as_large_as_the_references():
    wrong = []
    for width, height, text, *sides in recorded_sizes():
        cut = ThumbSize.parse(text).cut(width, height)
        if [cut.width, cut.height] != sides:
            wrong.append((width, height, text, sides, cut))
    assert len(recorded_sizes()) > 150
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "width", "height", "expected"),
    [
        pytest.param(
            "50x50", 201, 100, Cut(50, 50, (50, 0, 150, 100), (0, 0, 100, 100)), id="centre_is_floored"
        ),
        pytest.param(
            "50x100", 300, 101, Cut(50, 100, (124, 0, 175, 101), (0, 0, 51, 101)), id="half_a_pixel_is_one"
        ),
        pytest.param("50x50t", 100, 201, Cut(50, 50, (0, 0, 100, 100), (0, 0, 100, 100)), id="top"),
        pytest.param("50x50b", 100, 201, Cut(50, 50, (0, 101, 100, 201), (0, 0, 100, 100)), id="bottom"),
        pytest.param(
            "50x50t", 300, 100, Cut(50, 50, (100, 0, 200, 100), (0, 0, 100, 100)), id="top_is_centred"
        ),
        pytest.param(
            "64x64", 64, 32, Cut(64, 64, (0, 0, 64, 32), (16, 0, 48, 32)), id="small_is_scaled_first"
        ),
        pytest.param(
            "50x50b", 20, 40, Cut(50, 50, (0, 0, 20, 40), (0, 20, 20, 40)), id="small_at_the_bottom"
        ),
        pytest.param("60x40", 60, 40, Cut(60, 40, (0, 0, 60, 40), (0, 0, 60, 40)), id="same_size"),
        pytest.param(
            "100x100f", 1000, 1, Cut(100, 1, (0, 0, 1000, 1), (0, 0, 1000, 1)), id="fit_is_never_empty"
        ),
        pytest.param("1x0", 1000, 1, Cut(1, 1, (0, 0, 1000, 1), (0, 0, 1000, 1)), id="height_is_never_0"),
        pytest.param(
            "1x900", 100, 100, Cut(1, 900, (49, 0, 50, 100), (0, 0, 1, 100)), id="crop_is_never_empty"
        ),
    ],
)
def test_cuts(text, width, height, expected):
    assert ThumbSize.parse(text).cut(width, height) == expected
