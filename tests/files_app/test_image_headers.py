"""What is read of a picture before it is decoded, and what is refused for it."""

import struct
from io import BytesIO

import pytest

from files_app.image_headers import (
    MOST_KEPT_BYTES,
    MOST_PARTS,
    MOST_SCANS,
    ImageHeader,
    UnreadableImage,
    read_header,
)
from tests.files_app.pictures import (
    encoded,
    picture,
    png,
    with_frame_of,
    with_orientation,
    with_scan_of_one_colour,
    with_segment,
)

JPEG = encoded(picture(60, 40), "JPEG")
ANIMATION = {"save_all": True, "append_images": [picture(60, 40).rotate(180)], "duration": 100}


def header_of(content):
    return read_header(BytesIO(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(JPEG, ImageHeader("JPEG", 60, 40, 2400), id="jpeg"),
        pytest.param(
            encoded(picture(60, 40, "L"), "JPEG"), ImageHeader("JPEG", 60, 40, 2400), id="grey_jpeg"
        ),
        pytest.param(
            encoded(picture(60, 40), "JPEG", progressive=True),
            ImageHeader("JPEG", 60, 40, 2400, scans=10, is_gathered=True),
            id="progressive_jpeg",
        ),
        pytest.param(
            with_frame_of(encoded(picture(60, 40), "JPEG"), 0xC2),
            ImageHeader("JPEG", 60, 40, 2400, is_gathered=True),
            id="progressive_jpeg_of_one_scan",
        ),
        pytest.param(
            with_scan_of_one_colour(encoded(picture(60, 40), "JPEG")),
            ImageHeader("JPEG", 60, 40, 2400, is_gathered=True),
            id="jpeg_of_one_colour_of_three",
        ),
        pytest.param(
            encoded(picture(60, 40), "JPEG", restart_marker_blocks=1),
            ImageHeader("JPEG", 60, 40, 2400),
            id="restarts_are_no_segments",
        ),
        pytest.param(JPEG + JPEG, ImageHeader("JPEG", 60, 40, 2400), id="second_picture_behind_the_first"),
        pytest.param(
            with_segment(JPEG, 0xE2, JPEG), ImageHeader("JPEG", 60, 40, 2400), id="preview_within_a_segment"
        ),
        pytest.param(
            with_segment(JPEG[:2] + b"junk\xff\xff" + JPEG[2:], 0xFE, b""),
            ImageHeader("JPEG", 60, 40, 2400),
            id="junk_between_segments",
        ),
        pytest.param(encoded(picture(60, 40), "PNG"), ImageHeader("PNG", 60, 40, 2400), id="png"),
        pytest.param(
            png(3, 1, colour_type=0, bits=16, rows=bytes(7)),
            ImageHeader("PNG", 3, 1, 3, bits=16),
            id="png_16_bit",
        ),
        pytest.param(encoded(picture(60, 40), "GIF"), ImageHeader("GIF", 60, 40, 2400), id="gif"),
        pytest.param(
            encoded(picture(60, 40), "GIF", **ANIMATION), ImageHeader("GIF", 60, 40, 2400), id="moving_gif"
        ),
        pytest.param(encoded(picture(60, 40), "WEBP"), ImageHeader("WEBP", 60, 40, 2400), id="webp"),
        pytest.param(
            encoded(picture(60, 40), "WEBP", lossless=True),
            ImageHeader("WEBP", 60, 40, 2400),
            id="lossless_webp",
        ),
        pytest.param(
            encoded(picture(60, 40, "RGBA"), "WEBP", exif=b"Exif\0\0"),
            ImageHeader("WEBP", 60, 40, 2400),
            id="extended_webp",
        ),
        pytest.param(
            encoded(picture(60, 40), "WEBP", **ANIMATION), ImageHeader("WEBP", 60, 40, 2400), id="moving_webp"
        ),
    ],
)
def test_headers(content, expected):
    assert header_of(content) == expected


def test_a_gif_whose_first_frame_is_a_part_says_where_it_is():
    content = bytearray(encoded(picture(60, 40), "GIF"))
    frame = content.index(struct.pack("<BHHHH", 0x2C, 0, 0, 60, 40))
    content[6:10] = struct.pack("<HH", 100, 90)
    content[frame + 1 : frame + 5] = struct.pack("<HH", 40, 50)
    assert header_of(bytes(content)) == ImageHeader("GIF", 60, 40, 9000, corner=(40, 50))
    content[frame + 1] += 1
    with pytest.raises(UnreadableImage, match="larger than itself"):
        header_of(bytes(content))


@pytest.mark.parametrize("order", [">", "<"], ids=["big_endian", "little_endian"])
@pytest.mark.parametrize(
    ("stated", "expected"), [*((value, value) for value in range(1, 9)), (0, 1), (9, 1), (65535, 1)]
)
def test_the_orientation_of_a_jpeg(order, stated, expected):
    assert header_of(with_orientation(JPEG, stated, order)).orientation == expected


@pytest.mark.parametrize(
    "segment",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"http://ns.adobe.com/xap/1.0/\0<x/>", id="xmp"),
        pytest.param(b"Exif\0\0", id="nothing_in_it"),
        pytest.param(b"Exif\0\0XX\0*" + bytes(20), id="unknown_order"),
        pytest.param(b"Exif\0\0MM\0*\xff\xff\xff\xff", id="offset_beyond_the_end"),
        pytest.param(
            b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 65535) + bytes(60), id="fewer_entries_than_it_says"
        ),
    ],
)
def test_what_states_no_orientation_is_no_error(segment):
    assert header_of(with_segment(JPEG, 0xE1, segment)).orientation == 1


def test_the_orientation_may_stand_behind_other_segments():
    content = with_orientation(JPEG, 6)
    assert header_of(with_segment(content, 0xE1, b"http://ns.adobe.com/xap/1.0/\0")).orientation == 6


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(b"BM" + bytes(60), id="bmp"),
        pytest.param(b"II*\0" + bytes(60), id="tiff"),
        pytest.param(b"RIFF\0\0\0\0WEBPJUNK" + bytes(60), id="unknown_webp"),
        pytest.param(b"RIFF\0\0\0\0WAVEfmt " + bytes(60), id="wave"),
        pytest.param(
            b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 13, b"IDAT") + bytes(60), id="png_without_size"
        ),
        pytest.param(b"GIF89a\1\0\1\0\0\0\0;", id="gif_without_frames"),
        pytest.param(JPEG[:2] + b"\xff\xe0\0\1" + JPEG[2:], id="segment_shorter_than_its_length"),
    ],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(UnreadableImage):
        header_of(content)


@pytest.mark.parametrize(
    ("image_format", "needs_all"), [("JPEG", True), ("PNG", True), ("GIF", False), ("WEBP", False)]
)
def test_a_file_that_is_cut_off_is_refused_wherever_that_shows_in_the_header(image_format, needs_all):
    content = encoded(picture(60, 40), image_format)
    upto = len(content) if needs_all else 30 if image_format == "WEBP" else content.index(b"\x2c\0\0\0\0") + 9
    for length in range(0, upto - (8 if image_format == "PNG" else 1), 7):
        with pytest.raises(UnreadableImage):
            header_of(content[:length])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(JPEG[:2] + b"\xff\xfe\0\2" * MOST_PARTS + JPEG[2:], id="jpeg_segments"),
        pytest.param(JPEG[:2] + b"\xff\x01" * (MOST_PARTS + 1) + JPEG[2:], id="jpeg_bare_markers"),
        pytest.param(png(1, 1, rows=bytes(4), chunks=[(b"teSt", b"")] * MOST_PARTS), id="png_chunks"),
        pytest.param(b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe\0" * (MOST_PARTS + 1), id="gif_extensions"),
        pytest.param(b"GIF89a\1\0\1\0\0\0\0!\xfe" + b"\1x" * (MOST_PARTS + 1), id="gif_blocks"),
    ],
)
def test_files_of_absurdly_many_parts_are_refused(content):
    with pytest.raises(UnreadableImage, match="many parts"):
        header_of(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(png(1, 1, rows=bytes(4), chunks=[(b"teSt", bytes(MOST_KEPT_BYTES))]), id="png"),
        pytest.param(
            JPEG[:2] + (b"\xff\xe2\xff\xff" + bytes(65533)) * (MOST_KEPT_BYTES // 65533 + 1) + JPEG[2:],
            id="jpeg",
        ),
    ],
)
def test_files_that_carry_too_much_beside_the_picture_are_refused(content):
    with pytest.raises(UnreadableImage, match="too large"):
        header_of(content)


def test_the_pixels_of_a_png_may_be_large():
    large = png(1, 1, rows=bytes(4), chunks=[(b"IDAT", bytes(MOST_KEPT_BYTES))])
    assert header_of(large) == ImageHeader("PNG", 1, 1, 1)


def test_a_jpeg_of_absurdly_many_scans_is_refused():
    scan = JPEG.index(b"\xff\xda")
    with pytest.raises(UnreadableImage, match="scans"):
        header_of(JPEG[:-2] + JPEG[scan:-2] * MOST_SCANS + JPEG[-2:])
