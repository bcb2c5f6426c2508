"""All formats, in the order in which they are tried.

Reference: gabriel-vasile/mimetype 1.4.13 (its names and order), tree.go.
"""

from platform_app.wire.mime.archive_formats import (
    AR,
    BZIP2,
    CHROME_EXTENSION,
    GZIP,
    INSTALLSHIELD,
    PACKED,
    RAR,
    SEVEN_ZIP,
    TAR,
    XAR,
)
from platform_app.wire.mime.checks import Format
from platform_app.wire.mime.compound_formats import COMPOUND
from platform_app.wire.mime.document_formats import (
    BOOKS,
    FDF,
    FITS,
    FONTS,
    HELP,
    LOTUS,
    NOTES,
    PDF,
    PKCS7,
    POSTSCRIPT,
)
from platform_app.wire.mime.media_formats import FILMS, MP3, OGG, QCP, SOUNDS, STREAMS
from platform_app.wire.mime.picture_formats import (
    BMP,
    BPG,
    DJVU,
    DWG,
    DXF,
    GIF,
    GIMP,
    ICNS,
    ICO,
    JPEG,
    JPEG_2000,
    JPEG_XL,
    JPEG_XR,
    JPEG_XS,
    PNG,
    PSD,
    RADIANCE,
    TIFF,
    WEBP,
    XPM,
)
from platform_app.wire.mime.program_formats import (
    BUFR,
    CBOR,
    DATABASES,
    ELF,
    EXE,
    FLASH,
    GLTF_BINARY,
    GRIB,
    JAVA_CLASS,
    MACHINES,
    PARQUET,
    SQLITE,
    TABLES,
    TIME_ZONE,
)
from platform_app.wire.mime.text_formats import TEXT, is_text
from platform_app.wire.mime.zip_formats import ZIP


def _is_zlib(head: bytes) -> bool:
    # Texts may begin like it.
    return len(head) > 1 and head[:1] == b"x" and int.from_bytes(head[:2]) % 31 == 0 and not is_text(head)


_ZLIB = Format.of("application/zlib", "", _is_zlib)

FORMATS = (
    XPM,
    SEVEN_ZIP,
    ZIP,
    PDF,
    FDF,
    COMPOUND,
    POSTSCRIPT,
    PSD,
    PKCS7,
    OGG,
    PNG,
    JPEG,
    JPEG_XL,
    *JPEG_2000,
    JPEG_XS,
    GIF,
    WEBP,
    EXE,
    ELF,
    AR,
    TAR,
    XAR,
    BZIP2,
    FITS,
    TIFF,
    BMP,
    LOTUS,
    ICO,
    MP3,
    *SOUNDS,
    *FILMS,
    *STREAMS,
    GZIP,
    JAVA_CLASS,
    FLASH,
    CHROME_EXTENSION,
    *FONTS,
    *TABLES,
    RAR,
    DJVU,
    *BOOKS,
    BPG,
    CBOR,
    SQLITE,
    DWG,
    *MACHINES,
    QCP,
    ICNS,
    RADIANCE,
    *DATABASES,
    *PACKED,
    TIME_ZONE,
    *GIMP,
    GLTF_BINARY,
    INSTALLSHIELD,
    JPEG_XR,
    PARQUET,
    *NOTES,
    DXF,
    GRIB,
    _ZLIB,
    *HELP,
    BUFR,
    TEXT,
)
