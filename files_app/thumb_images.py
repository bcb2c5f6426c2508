"""Thumbs as pixels: decode a picture, cut and scale it, encode what came of it.

Reference: contract/files.md 3; tools/filesystem/filesystem.go (createThumb), PocketBase v0.39.11. Scaled as
there, with a triangle that is as wide as the scale: pixels differ by rounding, and as far as decoders and
encoders do (docs/compatibility.md).
"""

import math
import struct
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, NamedTuple

from PIL import Image, PngImagePlugin
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from files_app.image_headers import MOST_PIXELS, ImageHeader, UnreadableImage, read_header
from files_app.thumb_sizes import Cut, ThumbSize

# How many pixels a decoder may go over in all its scans.
MOST_SCANNED_PIXELS = 1_000_000_000
# WebPs are read as a whole, other pictures in pieces; and libwebp keeps a second picture. To hand it over is
# one copy under the interpreter lock (20 ms for 12 million pixels), so large ones come one after the other.
_MOST_WEBP_BYTES = 64 << 20
_WEBP_PICTURES = 2
_WEBP_ROOM = 3
# What a profile or a text of a PNG may unpack to; Pillow's own 1 MB leaves pictures without thumbs that other
# programs show. All texts together may have 64 MB.
_UNPACKED_BYTES = 16 << 20
# Pillow takes memory in blocks of so much at most. Of its usual 16 MB every thread would keep what its
# largest picture took: glibc gives freed blocks back to the system for sure from 32 MB on.
_BLOCK_BYTES = 64 << 20
# A JPEG is decoded at a half, a fourth or an eighth of its size if that is still so many times the thumb's.
# At 3, thumbs of photos differ from the reference's by 1.9 of 255 levels on average, and by 1.7 without.
_JPEG_SPARE = 3
_JPEG_QUALITY = 95
_OPAQUE_FROM = 128

PngImagePlugin.MAX_TEXT_CHUNK = _UNPACKED_BYTES
Image.core.set_block_size(_BLOCK_BYTES)  # type: ignore[attr-defined]


class _Jpeg(JpegImageFile):
    def _read_dpi_from_exif(self) -> None:
        """Leave EXIF alone: Pillow would warn of each odd entry on standard error, thousands in one file."""


# Not Image.open, which knows many more formats, and warns of large ones.
_OPENERS: dict[str, Callable[[IO[Any]], Image.Image]] = {
    "JPEG": _Jpeg,
    "PNG": PngImageFile,
    "GIF": GifImageFile,
    "WEBP": WebPImageFile,
}
# What Pillow raises for files that are broken, or ask for too much.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    EOFError,
    struct.error,
    zlib.error,
    MemoryError,
    AssertionError,
    Image.DecompressionBombError,
)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class ThumbImage:
    content: bytes
    content_type: str


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


def make_thumb(
    content: IO[Any],
    size: ThumbSize,
    content_type: str,
    room_for: Callable[[int], AbstractContextManager[None]],
) -> ThumbImage:
    """The thumb of the picture in a seekable file whose stored type is `content_type`.

    JPEGs make JPEGs, GIFs make GIFs, everything else PNGs. It is decoded while `room_for` lets it, which is
    told how many pixels that takes: MOST_PIXELS at most. Raises UnreadableImage.
    """
    header = read_header(content)
    cut = _cut(header, size)
    reduction = _reduction(header, cut)
    with room_for(_room(header, cut, reduction)):
        try:
            image = _decoded(content, header, reduction)
            return _encoded(_scaled(image, header, cut, reduction), content_type)
        except _BROKEN as error:
            raise UnreadableImage(f"no thumb of this {header.format}: {error}") from error


def _cut(header: ImageHeader, size: ThumbSize) -> Cut:
    if not header.width or not header.height:
        raise UnreadableImage(f"a {header.format} of {header.width}x{header.height}")
    is_turned = header.orientation >= 5
    return size.cut(header.height, header.width) if is_turned else size.cut(header.width, header.height)


def _reduction(header: ImageHeader, cut: Cut) -> int:
    """By what the decoder of JPEGs may divide the picture's sides."""
    if header.format != "JPEG":
        return 1
    left, top, right, bottom = cut.box
    spare = min((right - left) / cut.width, (bottom - top) / cut.height)
    return next((by for by in (8, 4, 2) if spare >= by * _JPEG_SPARE), 1)


def _room(header: ImageHeader, cut: Cut, reduction: int) -> int:
    """For how many pixels there has to be room. Raises UnreadableImage when it is too many."""
    pixels = header.decoded_pixels
    if header.scans * pixels > MOST_SCANNED_PIXELS:
        raise UnreadableImage(f"{header.scans} scans of {pixels} pixels are too many")
    if not header.is_gathered:
        pixels //= reduction**2
    if header.format == "WEBP":
        pixels *= _WEBP_PICTURES
    pixels += cut.width * cut.height
    if pixels > MOST_PIXELS:
        sides = f"{cut.width}x{cut.height} of {header.width}x{header.height}"
        raise UnreadableImage(f"too many pixels: {sides} of this {header.format}")
    return min(pixels * _WEBP_ROOM, MOST_PIXELS) if header.format == "WEBP" else pixels


def _decoded(content: IO[Any], header: ImageHeader, reduction: int) -> Image.Image:
    if header.format == "WEBP" and content.seek(0, 2) > _MOST_WEBP_BYTES:
        raise UnreadableImage(f"a WebP of more than {_MOST_WEBP_BYTES} bytes")
    content.seek(0)
    image = _OPENERS[header.format](content)
    if image.width * image.height > header.decoded_pixels:
        # Its size is in the file twice, and the decoder heeds the other one.
        raise UnreadableImage(f"a {header.format} that is {image.width}x{image.height} as well")
    if reduction > 1:
        image.draft(None, (header.width // reduction, header.height // reduction))
    image.load()
    return image


def _scaled(image: Image.Image, header: ImageHeader, cut: Cut, reduction: int) -> Image.Image:
    """What `cut` says of the picture, upright."""
    crop = _as_stored(_Box(*cut.crop), header.orientation, header.width, header.height)
    box = _as_stored(_Box(*cut.box), header.orientation, crop.right - crop.left, crop.bottom - crop.top)
    # In the pixels of what was decoded.
    crop = _Box(*((side + corner) / reduction for side, corner in zip(crop, header.corner * 2, strict=True)))
    left, top = math.floor(crop.left), math.floor(crop.top)
    whole = left, top, min(math.ceil(crop.right), image.width), min(math.ceil(crop.bottom), image.height)
    if whole != (0, 0, *image.size):
        image = image.crop(whole)
    # The last digit of a division must not reach beyond the picture.
    box = _Box(
        max(0.0, crop.left - left + box.left / reduction),
        max(0.0, crop.top - top + box.top / reduction),
        min(image.width, crop.left - left + box.right / reduction),
        min(image.height, crop.top - top + box.bottom / reduction),
    )
    size = (cut.width, cut.height) if header.orientation < 5 else (cut.height, cut.width)
    image = _with_true_colours(image, header.bits).resize(size, Image.Resampling.BILINEAR, box)
    return image.transpose(_UPRIGHT[header.orientation]) if header.orientation > 1 else image


def _as_stored(box: _Box, orientation: int, width: float, height: float) -> _Box:
    """Where a box of the upright picture lies in the picture as stored, which is `width` x `height`."""
    left, top, right, bottom = box
    if orientation in {5, 6, 7, 8}:
        left, top, right, bottom = top, left, bottom, right
    if orientation in {2, 3, 7, 8}:
        left, right = width - right, width - left
    if orientation in {3, 4, 6, 7}:
        top, bottom = height - bottom, height - top
    return _Box(left, top, right, bottom)


def _with_true_colours(image: Image.Image, bits: int) -> Image.Image:
    """The same in a mode whose pixels can be mixed, with alpha if some of it is transparent."""
    clear = image.info.get("transparency")
    if image.mode == "I;16":
        # Pillow's own conversion would cut off at 255.
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode == "1":
        image, bits = image.convert("L"), 8
    if image.mode in {"L", "RGB"} and clear is not None:
        # The colour that is transparent. Pillow leaves it in the file's bits, unless there is one only.
        image.info["transparency"] = _in_8_bits(clear, bits)
    if image.mode in {"RGBA", "LA"}:
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def _in_8_bits(colour: int | tuple[int, ...], bits: int) -> Any:
    """
    >>> _in_8_bits(3, 2), _in_8_bits((0x80FF, 0, 0xFFFF), 16)
    (255, (128, 0, 255))
    """
    if isinstance(colour, tuple):
        return tuple(_in_8_bits(part, bits) for part in colour)
    return colour >> 8 if bits == 16 else colour * 255 // ((1 << bits) - 1)


def _encoded(thumb: Image.Image, content_type: str) -> ThumbImage:
    thumb.info.clear()  # comments, profiles and the like would be written as well
    encoded = BytesIO()
    if content_type == "image/jpeg":
        opaque = thumb if thumb.mode in {"L", "RGB"} else thumb.convert("RGB")
        opaque.save(encoded, "JPEG", quality=_JPEG_QUALITY)
    elif content_type == "image/gif":
        _save_gif(thumb, encoded)
    else:
        content_type = "image/png"
        thumb.save(encoded, "PNG")
    return ThumbImage(encoded.getvalue(), content_type)


def _save_gif(thumb: Image.Image, target: IO[bytes]) -> None:
    if thumb.mode in {"L", "RGB"}:
        thumb.quantize(256).save(target, "GIF")
        return
    # A GIF's pixel is transparent or not; the last colour stands for those that are.
    colours = thumb.convert("RGB").quantize(255)
    clear = thumb.getchannel("A").point(lambda alpha: 255 if alpha < _OPAQUE_FROM else 0)
    colours.paste(255, mask=clear)
    colours.save(target, "GIF", transparency=255)
