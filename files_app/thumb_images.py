"""Thumbs as pixels: decode a picture, cut and scale it, encode what came of it."""

import struct
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from PIL import Image
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from files_app.image_headers import ImageHeader, UnreadableImage, read_header
from files_app.thumb_sizes import Cut, ThumbSize

# Of a picture, and of a thumb. Each pixel takes up to 8 bytes while one becomes the other.
MOST_PIXELS = 100_000_000
# The times that a decoder goes over each pixel.
_MOST_SCANNED_PIXELS = 1_500_000_000
# Read as a whole, where other pictures are read in pieces.
_MOST_WEBP_BYTES = 64 << 20
_JPEG_QUALITY = 95
_OPAQUE_FROM = 128

# Not Image.open, which knows many more formats, and warns of large ones.
_OPENERS: dict[str, Callable[[IO[Any]], Image.Image]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "GIF": GifImageFile,
    "WEBP": WebPImageFile,
}
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


def make_thumb(
    content: IO[Any],
    size: ThumbSize,
    content_type: str,
    room_for: Callable[[int], AbstractContextManager[None]],
) -> ThumbImage:
    """The thumb of the picture in a seekable file whose stored type is `content_type`.

    JPEGs make JPEGs, GIFs make GIFs, everything else PNGs. It is decoded while `room_for` lets it, which is
    told how many pixels it has. Raises UnreadableImage.
    """
    header = read_header(content)
    cut = _checked_cut(header, size)
    with room_for(header.decoded_pixels):
        content.seek(0)
        try:
            return _encoded(_scaled(_decoded(content, header), header, cut), content_type)
        except _BROKEN as error:
            raise UnreadableImage(f"no thumb of this {header.format}: {error}") from error


def _checked_cut(header: ImageHeader, size: ThumbSize) -> Cut:
    if not header.width or not header.height:
        raise UnreadableImage(f"a {header.format} of {header.width}x{header.height}")
    is_turned = header.orientation >= 5
    sides = (header.height, header.width) if is_turned else (header.width, header.height)
    cut = size.cut(*sides)
    most = max(header.decoded_pixels, cut.width * cut.height)
    if most > MOST_PIXELS:
        raise UnreadableImage(f"{most} pixels are too many: a {header.format} of {sides[0]}x{sides[1]}")
    if header.scans * header.decoded_pixels > _MOST_SCANNED_PIXELS:
        raise UnreadableImage(f"{header.scans} scans of {header.decoded_pixels} pixels")
    return cut


def _decoded(content: IO[Any], header: ImageHeader) -> Image.Image:
    """The picture as stored, GIFs without what lies around their first frame."""
    image = _OPENERS[header.format](content)
    image.load()
    left, top = header.corner
    if image.size == (header.width, header.height):
        return image
    return image.crop((left, top, left + header.width, top + header.height))


def _scaled(image: Image.Image, header: ImageHeader, cut: Cut) -> Image.Image:
    """What `cut` says of the picture, upright."""
    crop = _as_stored(cut.crop, header.orientation, image.width, image.height)
    box = _as_stored(cut.box, header.orientation, crop[2] - crop[0], crop[3] - crop[1])
    if crop != (0, 0, *image.size):
        image = image.crop(crop)
    image = _with_true_colours(image)
    size = (cut.width, cut.height) if header.orientation < 5 else (cut.height, cut.width)
    if box != (0, 0, *size):
        image = image.resize(size, Image.Resampling.BILINEAR, box)
    return image.transpose(_UPRIGHT[header.orientation]) if header.orientation > 1 else image


def _as_stored(box: Any, orientation: int, width: float, height: float) -> Any:
    """Where a box of the upright picture lies in the picture as stored, which is `width` x `height`."""
    left, top, right, bottom = box
    if orientation in {5, 6, 7, 8}:
        left, top, right, bottom = top, left, bottom, right
    if orientation in {2, 3, 7, 8}:
        left, right = width - right, width - left
    if orientation in {3, 4, 6, 7}:
        top, bottom = height - bottom, height - top
    return left, top, right, bottom


def _with_true_colours(image: Image.Image) -> Image.Image:
    """The same in a mode whose pixels can be mixed, with alpha if some of it is transparent."""
    if image.mode == "I;16":
        # Pillow would cut off at 255.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"RGBA", "LA"}:
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB"} else image.convert("L" if image.mode == "1" else "RGB")


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
