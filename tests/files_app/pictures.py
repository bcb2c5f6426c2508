"""Pictures for tests of thumbs, and what PocketBase 0.39.11 made of them.

`reference_thumbs.json` holds files that were uploaded to it and the thumbs that it served. Besides, the sizes
of thumbs of PNGs with random sides: the PNG's width and height, the size asked for, the thumb's sides.
"""

import base64
import json
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp"}


@dataclass(frozen=True)
class ReferenceThumb:
    source: str
    size: str
    content_type: str
    content: bytes


@cache
def _recorded():
    path = Path(__file__).with_name("reference_thumbs.json")
    return json.loads(path.read_text(encoding="utf-8"))


def recorded_thumbs():
    return [
        ReferenceThumb(row["source"], row["size"], row["type"], base64.b64decode(row["thumb"]))
        for row in _recorded()["thumbs"]
    ]


def recorded_sizes():
    return _recorded()["sizes"]


def recorded_source(name):
    """A file as it was uploaded; `orientation_N.jpg` is `photo.jpg` with that orientation."""
    if name.startswith("orientation_"):
        return with_orientation(recorded_source("photo.jpg"), int(name[12]))
    return base64.b64decode(_recorded()["sources"][name])


def with_orientation(jpeg, orientation, order=">"):
    mark = b"MM\0*" if order == ">" else b"II*\0"
    exif = b"Exif\0\0" + mark + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return with_segment(jpeg, 0xE1, exif)


def with_segment(jpeg, marker, content):
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


def with_frame_of(jpeg, marker):
    """The same, said to be of another kind; 0xC2 is progressive."""
    return jpeg.replace(b"\xff\xc0", bytes((0xFF, marker)), 1)


def with_scan_of_one_colour(jpeg):
    """A JPEG in colours whose only scan is said to have the brightness alone."""
    place = jpeg.index(b"\xff\xda")
    return jpeg[:place] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + jpeg[place + 14 :]


def picture(width=200, height=100, mode="RGB"):
    """Redder to the right, greener to the bottom, with a blue disc."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", [across, down, Image.new("L", (width, height))])
    ImageDraw.Draw(image).ellipse((width * 0.1, height * 0.2, width * 0.4, height * 0.8), fill=(0, 0, 255))
    return image.convert(mode)


def encoded(image, image_format, **options):
    target = BytesIO()
    image.save(target, image_format, **options)
    return target.getvalue()


def decoded(content):
    image = Image.open(BytesIO(content))
    image.load()
    return image


def png(width, height, *, colour_type=2, bits=8, rows=b"", chunks=()):
    """A PNG made by hand; `rows` are its uncompressed pixels, `chunks` names and contents before them."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
