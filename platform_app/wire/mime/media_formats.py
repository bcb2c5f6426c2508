"""Sounds and films.

Reference: gabriel-vasile/mimetype 1.4.13, internal/magic/audio.go, video.go, ogg.go and ftyp.go.
"""

from platform_app.wire.mime.checks import Check, Format, at, both, longer_than, starts


def _riff(kind: bytes, *, more_than: int = 12) -> Check:
    return longer_than(more_than, both(starts(b"RIFF"), at(8, kind)))


def _ogg(*kinds: bytes) -> Check:
    return longer_than(36, at(28, *kinds))


def _is_mp3(head: bytes) -> bool:
    if len(head) < 3:
        return False
    return head.startswith(b"ID3") or (int.from_bytes(head[:2]) & 0xFFFE) in {0xFFFA, 0xFFF2, 0xFFE2}


def _is_mpeg(head: bytes) -> bool:
    return head.startswith(b"\0\0\1") and len(head) > 3 and 0xB0 <= head[3] <= 0xBF


def _is_quicktime(head: bytes) -> bool:
    if len(head) < 12:
        return False
    if head[4:12] in {b"ftypqt  ", b"ftypmoov"}:
        return head[0] == 0
    return (
        head[4:9] in {b"moov\0", b"mdat\0", b"free\0", b"skip\0", b"pnot\0"} or head[:8] == b"\0\0\0\x08wide"
    )


def _is_mp4(head: bytes) -> bool:
    return len(head) >= 12 and head[0] == 0 and head[4:8] == b"ftyp"


def _brand(brands: bytes) -> Check:
    """Brands of four letters, one after the other."""
    known = frozenset(brands[start : start + 4] for start in range(0, len(brands), 4))
    return lambda head: head[8:12] in known


def _matroska(kind: bytes) -> Check:
    def fits(head: bytes) -> bool:
        element = head.find(b"\x42\x82") if head.startswith(b"\x1a\x45\xdf\xa3") else -1
        if element <= 0 or len(head) <= element + 2:
            return False
        # The size before the name is a number whose leading zeros say how many bytes it has.
        width = min(9 - head[element + 2].bit_length(), 8)
        return head.startswith(kind, element + 2 + width)

    return fits


OGG = Format.of(
    "application/ogg",
    ".ogg",
    starts(b"OggS\0"),
    Format.of("audio/ogg", ".oga", _ogg(b"\x7fFLAC", b"\x01vorbis", b"OpusHead", b"Speex   ")),
    Format.of("video/ogg", ".ogv", _ogg(b"\x80theora", b"fishead\0", b"\x01video\0\0\0")),
    aliases=("application/x-ogg",),
)
MP3 = Format.of("audio/mpeg", ".mp3", _is_mp3, aliases=("audio/x-mpeg", "audio/mp3"))
SOUNDS = (
    Format.of("audio/flac", ".flac", starts(b'fLaC\0\0\0"')),
    Format.of(
        "audio/midi",
        ".midi",
        starts(b"MThd"),
        aliases=("audio/mid", "audio/sp-midi", "audio/x-mid", "audio/x-midi"),
    ),
    Format.of("audio/ape", ".ape", starts(b"MAC \x96\x0f\0\0\x34\0\0\0\x18\0\0\0\x90\xe3")),
    Format.of("audio/musepack", ".mpc", starts(b"MPCK")),
    Format.of("audio/amr", ".amr", starts(b"#!AMR"), aliases=("audio/amr-nb",)),
    Format.of("audio/wav", ".wav", _riff(b"WAVE"), aliases=("audio/x-wav", "audio/vnd.wave", "audio/wave")),
    Format.of(
        "audio/aiff",
        ".aiff",
        longer_than(12, both(starts(b"FORM"), at(8, b"AIFF"))),
        aliases=("audio/x-aiff",),
    ),
    Format.of("audio/basic", ".au", starts(b".snd")),
)
FILMS = (
    Format.of("video/mpeg", ".mpeg", _is_mpeg),
    Format.of("video/quicktime", ".mov", _is_quicktime),
    Format.of(
        "video/mp4",
        ".mp4",
        _is_mp4,
        Format.of("image/avif", ".avif", _brand(b"avifavis")),
        Format.of(
            "video/3gpp",
            ".3gp",
            _brand(b"3gp13gp23gp33gp43gp53gp63gp73gs73ge63ge73gg6"),
            aliases=("video/3gp", "audio/3gpp"),
        ),
        Format.of(
            "video/3gpp2",
            ".3g2",
            _brand(b"3g243g253g263g2a3g2b3g2cKDDI"),
            aliases=("video/3g2", "audio/3gpp2"),
        ),
        Format.of("audio/mp4", ".mp4", _brand(b"F4A F4B M4B M4P MSNVNDAS"), aliases=("audio/x-mp4a",)),
        Format.of("video/quicktime", ".mqv", _brand(b"mqt ")),
        Format.of("audio/x-m4a", ".m4a", _brand(b"M4A ")),
        Format.of("video/x-m4v", ".m4v", _brand(b"M4V M4VHM4VP")),
        Format.of("image/heic", ".heic", _brand(b"heicheix")),
        Format.of("image/heic-sequence", ".heic", _brand(b"hevchevx")),
        Format.of("image/heif", ".heif", _brand(b"mif1heimheisavic")),
        Format.of("image/heif-sequence", ".heif", _brand(b"msf1hevmhevsavcs")),
        Format.of("video/mj2", ".mj2", _brand(b"mj2smjp2MFSMMGSV")),
        Format.of(
            "video/vnd.dvb.file",
            ".dvb",
            _brand(b"dby1dsmsdts1dts2dts3dxo dmb1dmpfdrc1dv1adv1bdv2adv2bdv3adv3bdvr1dvt1emsg"),
        ),
    ),
    Format.of("video/webm", ".webm", _matroska(b"webm"), aliases=("audio/webm",)),
    Format.of(
        "video/x-msvideo", ".avi", _riff(b"AVI LIST", more_than=16), aliases=("video/avi", "video/msvideo")
    ),
    Format.of("video/x-flv", ".flv", starts(b"FLV\x01")),
    Format.of("video/x-matroska", ".mkv", _matroska(b"matroska")),
    Format.of(
        "video/x-ms-asf",
        ".asf",
        starts(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c"),
        aliases=("video/asf", "video/x-ms-wmv"),
    ),
)
STREAMS = (
    Format.of("audio/aac", ".aac", starts(b"\xff\xf1", b"\xff\xf9")),
    Format.of("audio/x-unknown", ".voc", starts(b"Creative Voice File")),
    Format.of(
        "application/vnd.apple.mpegurl",
        ".m3u",
        starts(b"#EXTM3U\n", b"#EXTM3U\r\n"),
        aliases=("audio/mpegurl", "application/x-mpegurl"),
    ),
    Format.of("application/vnd.rn-realmedia-vbr", ".rmvb", starts(b".RMF")),
)
QCP = Format.of("audio/qcelp", ".qcp", _riff(b"QLCM"))
