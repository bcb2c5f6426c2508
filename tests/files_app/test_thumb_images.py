"""Thumbs as pixels: what they show, in which format, and what none is made of (contract/files.md 3)."""

import os
import platform
import struct
import subprocess
import sys
import zlib
from contextlib import contextmanager, nullcontext, suppress
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from files_app import thumb_images
from files_app.image_headers import MOST_PIXELS, UnreadableImage
from files_app.thumb_images import MOST_SCANNED_PIXELS, make_thumb
from files_app.thumb_sizes import ThumbSize
from tests.files_app.pictures import (
    TYPES,
    decoded,
    encoded,
    picture,
    png,
    recorded_source,
    recorded_thumbs,
    with_frame_of,
    with_orientation,
    with_scan_of_one_colour,
    with_segment,
)

# How far pixels may be from the reference's: on average over all, and each. It decodes JPEGs with coarser
# colours. It gives all GIFs the same 256 colours and mixes them, so there only groups of pixels are alike.
CLOSE = {"image/png": (0.7, 4), "image/jpeg": (4, 60), "image/gif": (6, 40)}
MIXED = 5
TOLERANCE = 12


def thumb_of(content, size, content_type="image/png"):
    return make_thumb(BytesIO(content), ThumbSize.parse(size), content_type, lambda pixels: nullcontext())


def thumb_image(content, size, content_type="image/png"):
    return decoded(thumb_of(content, size, content_type).content)


def on_black(image):
    """Its colours, transparent ones black, and its alpha."""
    image = image.convert("RGBA")
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    black.alpha_composite(image)
    return black.convert("RGB"), image.getchannel("A")


def assert_close(found, expected, tolerance=TOLERANCE):
    assert len(found) == len(expected)
    assert all(abs(a - b) <= tolerance for a, b in zip(found, expected, strict=True)), (found, expected)


@pytest.mark.parametrize("thumb", recorded_thumbs(), ids=lambda thumb: f"{thumb.source}-{thumb.size}")
def test_thumbs_are_those_of_the_reference(thumb):
    made = thumb_of(recorded_source(thumb.source), thumb.size, TYPES[Path(thumb.source).suffix])
    assert made.content_type == thumb.content_type
    (ours, our_alpha), (theirs, their_alpha) = (
        on_black(decoded(made.content)),
        on_black(decoded(thumb.content)),
    )
    assert ours.size == theirs.size
    if made.content_type == "image/gif":
        ours, theirs = ours.reduce(MIXED), theirs.reduce(MIXED)
    difference = ImageStat.Stat(ImageChops.difference(ours, theirs))
    mean, most = CLOSE[made.content_type]
    assert sum(difference.mean) / 3 <= mean
    assert max(high for _, high in difference.extrema) <= most
    assert ImageStat.Stat(ImageChops.difference(our_alpha, their_alpha)).mean[0] <= 0.1


@pytest.mark.parametrize(
    ("image_format", "content_type", "expected"),
    [
        ("JPEG", "image/jpeg", ("JPEG", "image/jpeg")),
        ("JPEG", "image/jpg", ("PNG", "image/png")),
        ("PNG", "image/png", ("PNG", "image/png")),
        ("GIF", "image/gif", ("GIF", "image/gif")),
        ("WEBP", "image/webp", ("PNG", "image/png")),
    ],
)
def test_formats(image_format, content_type, expected):
    made = thumb_of(encoded(picture(), image_format), "50x50", content_type)
    image = decoded(made.content)
    assert ((image.format, made.content_type), image.size) == (expected, (50, 50))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", ["60x30", "30x60t", "30x60b", "25x25", "0x40", "40x0", "80x80f", "200x100"])
def test_photos_stand_upright(orientation, size):
    upright = picture(320, 200)
    as_taken = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    photo = with_orientation(encoded(as_taken, "JPEG", quality=95), orientation)
    found = thumb_image(photo, size, "image/jpeg")
    expected = thumb_image(encoded(upright, "JPEG", quality=95), size, "image/jpeg")
    assert found.size == expected.size
    assert max(ImageStat.Stat(ImageChops.difference(found, expected)).mean) < 1.5


@pytest.mark.parametrize("sides", [(1003, 757), (999, 1001), (8 * 37 + 1, 8 * 29 + 7)])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_jpeg_that_is_decoded_smaller_shows_the_same(sides, orientation, monkeypatch):
    photo = with_orientation(encoded(picture(*sides), "JPEG"), orientation)
    found = thumb_image(photo, "20x20b", "image/jpeg")
    monkeypatch.setattr(thumb_images, "_JPEG_SPARE", 1000)
    expected = thumb_image(photo, "20x20b", "image/jpeg")
    assert max(ImageStat.Stat(ImageChops.difference(found, expected)).mean) < 2


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        pytest.param(
            encoded(Image.new("L", (9, 9), 77), "JPEG"), "image/jpeg", (77, 77, 77, 255), id="grey_jpeg"
        ),
        pytest.param(
            encoded(Image.new("CMYK", (9, 9), (0, 255, 255, 0)), "JPEG"),
            "image/jpeg",
            (255, 0, 0, 255),
            id="cmyk",
        ),
        pytest.param(
            encoded(Image.new("RGBA", (9, 9), (9, 99, 199, 51)), "PNG"),
            "image/png",
            (9, 99, 199, 51),
            id="alpha",
        ),
        pytest.param(
            encoded(Image.new("LA", (9, 9), (99, 51)), "PNG"),
            "image/png",
            (99, 99, 99, 51),
            id="grey_with_alpha",
        ),
        pytest.param(
            encoded(Image.new("1", (9, 9), 1), "PNG"), "image/png", (255, 255, 255, 255), id="1_bit"
        ),
        pytest.param(
            png(1, 1, colour_type=0, bits=16, rows=b"\0\x80\xff"),
            "image/png",
            (128, 128, 128, 255),
            id="16_bit_grey",
        ),
        pytest.param(
            png(1, 1, bits=16, rows=b"\0" + struct.pack(">HHH", 0x80FF, 0x1000, 0xFFFF)),
            "image/png",
            (128, 16, 255, 255),
            id="16_bit",
        ),
        pytest.param(
            png(
                1, 1, colour_type=6, bits=16, rows=b"\0" + struct.pack(">4H", 0x80FF, 0x1000, 0xFFFF, 0x3300)
            ),
            "image/png",
            (128, 16, 255, 51),
            id="16_bit_with_alpha",
        ),
        pytest.param(
            png(1, 1, colour_type=0, bits=2, rows=b"\0\xc0", chunks=[(b"tRNS", b"\0\1")]),
            "image/png",
            (255, 255, 255, 255),
            id="2_bits_of_another_than_the_transparent_colour",
        ),
        pytest.param(
            png(1, 1, colour_type=3, rows=b"\0\1", chunks=[(b"PLTE", bytes((1, 2, 3, 40, 50, 60)))]),
            "image/png",
            (40, 50, 60, 255),
            id="palette",
        ),
        pytest.param(
            png(
                1,
                1,
                colour_type=3,
                rows=b"\0\1",
                chunks=[(b"PLTE", bytes((1, 2, 3, 40, 50, 60))), (b"tRNS", b"\xff\x80")],
            ),
            "image/png",
            (40, 50, 60, 128),
            id="palette_with_alpha",
        ),
    ],
)
def test_colours(content, content_type, expected):
    found = thumb_image(content, "12x12", content_type).convert("RGBA").getpixel((6, 6))
    assert_close(found, expected, 3)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            png(1, 1, colour_type=0, bits=1, rows=b"\0\x80", chunks=[(b"tRNS", b"\0\1")]), id="1_bit"
        ),
        pytest.param(
            png(1, 1, colour_type=0, bits=4, rows=b"\0\x90", chunks=[(b"tRNS", b"\0\x09")]), id="4_bits"
        ),
        pytest.param(
            png(1, 1, colour_type=0, bits=16, rows=b"\0\x12\x34", chunks=[(b"tRNS", b"\x12\x34")]),
            id="16_bits",
        ),
        pytest.param(png(1, 1, rows=b"\0\1\2\3", chunks=[(b"tRNS", b"\0\1\0\2\0\3")]), id="colour"),
        pytest.param(
            png(1, 1, bits=16, rows=b"\0" + b"\x12\x34" * 3, chunks=[(b"tRNS", b"\x12\x34" * 3)]),
            id="16_bit_colour",
        ),
    ],
)
def test_the_colour_that_stands_for_transparent(content):
    assert thumb_image(content, "12x12").convert("RGBA").getpixel((6, 6))[3] == 0


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP"])
@pytest.mark.parametrize(("unpacked_bytes", "is_made"), [(3_000_000, True), (40_000_000, False)])
def test_what_a_png_has_packed_beside_its_pixels_may_be_large(name, unpacked_bytes, is_made):
    packed = b"raw\0\0" + zlib.compress(b" " * unpacked_bytes)
    content = png(1, 1, rows=b"\0\x10\x20\x30", chunks=[(name, packed)])
    with nullcontext() if is_made else pytest.raises(UnreadableImage):
        assert thumb_image(content, "1x1").getpixel((0, 0)) == (0x10, 0x20, 0x30)


def test_transparent_pixels_do_not_colour_their_neighbours():
    image = Image.new("RGBA", (200, 100), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (100, 0, 200, 100))
    found = thumb_image(encoded(image, "PNG"), "3x3f")
    assert_close(found.getpixel((2, 0)), (0, 0, 255, 255), 3)
    assert found.getpixel((1, 0))[0] == 0


def test_of_an_animation_the_first_frame_is_shown():
    frames = {"save_all": True, "append_images": [Image.new("RGB", (60, 40), "red")], "duration": 100}
    for image_format, content_type in (("GIF", "image/gif"), ("PNG", "image/png"), ("WEBP", "image/webp")):
        content = encoded(Image.new("RGB", (60, 40), "blue"), image_format, **frames)
        made = thumb_image(content, "30x30", content_type)
        assert_close(made.convert("RGB").getpixel((15, 15)), (0, 0, 255))
        assert getattr(made, "n_frames", 1) == 1


def test_a_gif_keeps_what_is_transparent():
    image = picture(60, 60, "RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 30, 60))
    found = thumb_image(encoded(image, "GIF"), "30x30", "image/gif").convert("RGBA")
    assert [found.getpixel((x, 15))[3] for x in (3, 26)] == [0, 255]


def test_a_gifs_thumb_has_more_than_the_palette_of_another():
    found = thumb_image(encoded(picture(), "GIF"), "50x50", "image/gif").convert("RGB")
    expected = picture().crop((50, 0, 150, 100)).resize((50, 50), Image.Resampling.BILINEAR)
    assert max(ImageStat.Stat(ImageChops.difference(found, expected)).mean) < TOLERANCE


def test_what_a_photo_says_of_its_owner_is_not_in_the_thumb():
    photo = with_segment(with_orientation(encoded(picture(), "JPEG"), 6), 0xFE, b"my home")
    assert b"Exif" not in thumb_of(photo, "50x50", "image/jpeg").content
    assert b"my home" not in thumb_of(photo, "50x50", "image/jpeg").content
    assert (
        b"my home"
        not in thumb_of(encoded(picture(), "GIF", comment=b"my home"), "50x50", "image/gif").content
    )


def jpeg_of(width, height, **options):
    """A JPEG that says that it is so large, without the pixels."""
    content = encoded(Image.new("RGB", (16, 16)), "JPEG", **options)
    return content.replace(struct.pack(">BHH", 8, 16, 16), struct.pack(">BHH", 8, height, width))


def webp_of(width, height):
    content = encoded(Image.new("RGB", (16, 16)), "WEBP", lossless=True)
    return content[:21] + struct.pack("<I", (width - 1) | (height - 1) << 14) + content[25:]


def gif_of(width, height):
    return encoded(Image.new("L", (1, 1)), "GIF").replace(
        struct.pack("<HH", 1, 1), struct.pack("<HH", width, height)
    )


@pytest.fixture
def decoders(monkeypatch):
    """The formats whose decoders were asked."""
    asked = []
    for image_format, opener in thumb_images._OPENERS.items():

        def opened(content, image_format=image_format, opener=opener):
            asked.append(image_format)
            return opener(content)

        monkeypatch.setitem(thumb_images._OPENERS, image_format, opened)
    return asked


@pytest.mark.parametrize(
    ("content", "size"),
    [
        pytest.param(png(60_000, 60_000), "100x100", id="png"),
        pytest.param(png(2**31 - 1, 2**31 - 1), "100x100", id="png_as_large_as_can_be"),
        pytest.param(png(9_000, 9_000), "100x100", id="png_that_is_a_bit_too_large"),
        pytest.param(jpeg_of(65_000, 65_000), "100x100", id="jpeg"),
        pytest.param(jpeg_of(10_000, 9_000, progressive=True), "100x100", id="progressive_jpeg"),
        pytest.param(
            with_frame_of(jpeg_of(10_000, 9_000), 0xC2), "100x100", id="progressive_jpeg_of_one_scan"
        ),
        pytest.param(
            with_scan_of_one_colour(jpeg_of(10_000, 9_000)), "100x100", id="jpeg_of_one_colour_of_three"
        ),
        pytest.param(gif_of(65_000, 65_000), "100x100", id="gif"),
        pytest.param(webp_of(16_000, 16_000), "100x100", id="webp"),
        pytest.param(webp_of(7_000, 7_000), "100x100", id="webp_of_two_pictures"),
        pytest.param(encoded(picture(), "PNG"), "10000x10000", id="thumb"),
        pytest.param(encoded(picture(1, 500), "PNG"), "1000x0", id="thumb_as_high_as_its_ratio_says"),
        pytest.param(png(0, 10), "100x100", id="png_without_width"),
        pytest.param(jpeg_of(10, 0), "100x100", id="jpeg_without_height"),
    ],
)
def test_bombs_are_not_even_opened(content, size, decoders):
    with pytest.raises(UnreadableImage):
        thumb_of(content, size)
    assert decoders == []


def jpeg_of_two_sizes():
    """What libjpeg decodes is said before the pixels, another size behind them."""
    content = jpeg_of(9_000, 9_000)
    frame = content[content.index(b"\xff\xc0") : content.index(b"\xff\xc4")]
    return content[:-2] + frame[:5] + struct.pack(">HH", 16, 16) + frame[9:] + content[-2:]


def png_of_two_sizes():
    sizes = [struct.pack(">IIBBBBB", *sides, 8, 2, 0, 0, 0) for sides in ((16, 16), (9_000, 9_000))]
    return png(16, 16, rows=b"\0" * 784, chunks=[(b"IHDR", size) for size in sizes])


def gif_of_two_sizes(*sides):
    """Pillow takes an extension that is empty for one that ends later, behind the frame of 1x1."""
    content = gif_of(1, 1)
    place = content.index(b",")
    hidden = b"," + struct.pack("<HHHHB", 0, 0, *sides, 0) + content[place + 10 :]
    frame = content[place:-1]
    padding = b"\0" * (1 + frame[0] - len(frame))  # of the block that begins with the frame's comma
    return content[:place] + b"!\x77\0" + frame + padding + b"\0" + hidden


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(jpeg_of_two_sizes(), "image/jpeg", id="jpeg"),
        pytest.param(png_of_two_sizes(), "image/png", id="png"),
        pytest.param(gif_of_two_sizes(9_000, 9_000), "image/gif", id="gif"),
        pytest.param(gif_of_two_sizes(65_000, 65_000), "image/gif", id="gif_that_pillow_refuses"),
    ],
)
def test_bombs_that_hide_behind_another_size_are_not_decoded(content, content_type, decoders, monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("it is decoded"))
    with pytest.raises(UnreadableImage):
        thumb_of(content, "100x100", content_type)
    assert len(decoders) == 1


def test_a_jpeg_with_too_many_pixels_in_all_its_scans_is_not_opened(decoders):
    content = jpeg_of(8_000, 8_000, progressive=True)
    scan = content.rindex(b"\xff\xda")
    scans = MOST_SCANNED_PIXELS // 64_000_000
    with pytest.raises(UnreadableImage, match="scans"):
        thumb_of(content[:-2] + content[scan:-2] * scans + content[-2:], "100x100", "image/jpeg")
    assert decoders == []


def test_a_huge_photo_is_decoded_at_an_eighth_of_its_size():
    asked = []

    @contextmanager
    def room(pixels):
        asked.append(pixels)
        yield

    photo = encoded(Image.new("L", (12_000, 9_000), 99), "JPEG")
    assert MOST_PIXELS < 12_000 * 9_000
    made = make_thumb(BytesIO(photo), ThumbSize(100, 100), "image/jpeg", room)
    assert decoded(made.content).getpixel((50, 50)) == 99
    assert asked == [1_500 * 1_125 + 100 * 100]


FOUR_THREADS = """
import threading
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from PIL import Image
from files_app.thumb_images import make_thumb
from files_app.thumb_sizes import ThumbSize

picture = BytesIO()
Image.new("P", (4000, 4000)).save(picture, "PNG")
turn, together = threading.Lock(), threading.Barrier(5)

def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

def make():
    with turn:
        content = BytesIO(picture.getvalue())
        make_thumb(content, ThumbSize(100, 100), "image/png", lambda pixels: nullcontext())
    together.wait()

before = pages()
for _ in range(4):
    threading.Thread(target=make, daemon=True).start()
together.wait()
print(pages() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="how memory is given back is glibc's own")
def test_the_memory_of_decoded_pictures_is_given_back_by_every_thread():
    """Each takes 80 MB, one after the other."""
    run = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", FOUR_THREADS], check=True, capture_output=True, text=True
    )
    assert int(run.stdout) * os.sysconf("SC_PAGE_SIZE") < 120_000_000


@pytest.mark.parametrize(
    ("image_format", "content_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/gif"), ("WEBP", "image/webp")],
)
def test_of_broken_pictures_none_is_made(image_format, content_type):
    content = encoded(picture(300, 200), image_format)
    for part in (0, 5, 20, 60, len(content) // 2, len(content) - 300):
        with pytest.raises(UnreadableImage):
            thumb_of(content[:part], "50x50", content_type)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "GIF", "WEBP"])
def test_damaged_pictures_raise_nothing_else(image_format):
    content = bytearray(encoded(picture(64, 48), image_format))
    for place in range(0, len(content), max(1, len(content) // 400)):
        for value in (0x00, 0xFF, content[place] ^ 0x55):
            damaged = bytes(content[:place]) + bytes([value]) + bytes(content[place + 1 :])
            with suppress(UnreadableImage):
                assert decoded(thumb_of(damaged, "10x10").content).size == (10, 10)


def test_a_photo_with_thousands_of_odd_exif_entries_has_a_thumb_without_warnings():
    # Warnings are errors in tests.
    entries = b"".join(struct.pack(">HHII", 1000 + number, 7, 60_000, 0) for number in range(5_000))
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 5_000) + entries
    photo = encoded(picture(), "JPEG")
    without_density = photo[:2] + photo[photo.index(b"\xff\xdb") :]
    assert thumb_image(with_segment(without_density, 0xE1, exif), "20x20", "image/jpeg").size == (20, 20)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", id="svg"),
        pytest.param(encoded(picture(), "TIFF"), id="tiff"),
        pytest.param(encoded(picture(), "BMP"), id="bmp"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n", id="eps"),
        pytest.param(png(1, 1, colour_type=3, rows=b"\0\1"), id="png_without_its_palette"),
    ],
)
def test_of_other_files_none_is_made(content):
    with pytest.raises(UnreadableImage):
        thumb_of(content, "50x50")
